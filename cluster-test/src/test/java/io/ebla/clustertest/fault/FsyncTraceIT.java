package io.ebla.clustertest.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.EblaLauncher;
import io.ebla.clustertest.process.EblaProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Watches the system calls of the real process: no {@code committed} without the sync that makes it so. */
class FsyncTraceIT {

    private static final Path STRACE = Path.of("/usr/bin/strace");
    private static final int WRITERS = 6;
    private static final int WRITES = 40;

    @TempDir private Path directory;

    @Test
    void everyCommittedAnswerFollowsTheSyncOfItsJournalWrite()
            throws IOException, InterruptedException, ExecutionException {
        assumeTrue(Files.isExecutable(STRACE), () -> "there is no " + STRACE);
        Path trace = directory.resolve("trace");
        EblaLauncher launcher =
                new EblaLauncher(directory)
                        .under(
                                List.of(
                                        STRACE.toString(),
                                        "-f",
                                        "-ttt",
                                        "-y",
                                        "--seccomp-bpf",
                                        "-s",
                                        "16384",
                                        "-e",
                                        "trace=fdatasync,fsync,pwrite64,pwritev,write,writev,sendto,sendmsg",
                                        "-o",
                                        trace.toString()));
        try (EblaProcess server = launcher.start()) {
            server.awaitReady();
            writeConcurrently(new Api(server.uri()));
            server.kill();
        }
        List<String> tokens = tokens();
        try (Stream<String> lines = Files.lines(trace, StandardCharsets.ISO_8859_1)) {
            List<SystemCall> calls = SystemCall.parse(lines);
            CommitTrace.Verdict verdict = new CommitTrace(calls).judge(tokens);
            System.out.printf(
                    "FsyncTraceIT: %s committed answers, %s syncs of the journal, %s violations%n",
                    verdict.answers(),
                    calls.stream().filter(call -> call.isSync() && call.isOnJournal()).count(),
                    verdict.violations().size());
            assertThat(verdict.violations()).isEmpty();
            assertThat(verdict.answers()).isEqualTo(WRITERS * WRITES);
            theJudgeSeesAMissingSync(calls, tokens);
        }
    }

    /** The same trace without its syncs must be condemned, else the judge sees nothing. */
    private static void theJudgeSeesAMissingSync(List<SystemCall> calls, List<String> tokens) {
        List<SystemCall> unsynced = calls.stream().filter(call -> !call.isSync()).toList();
        assertThat(new CommitTrace(unsynced).judge(tokens).violations()).hasSize(WRITERS * WRITES);
    }

    private static void writeConcurrently(Api api) throws InterruptedException, ExecutionException {
        api.createTable("t", "{\"splitAt\":[\"w3\"]}");
        ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
        List<Future<?>> writers = new ArrayList<>();
        for (int writer = 0; writer < WRITERS; writer++) {
            int own = writer;
            writers.add(threads.submit(() -> write(api, own)));
        }
        for (Future<?> writer : writers) {
            writer.get();
        }
        threads.shutdown();
    }

    private static void write(Api api, int writer) {
        for (int i = 0; i < WRITES; i++) {
            String token = token(writer, i);
            String path = Api.row("t", "w" + writer, token);
            assertThat(api.put(path, "{\"v\":\"" + token + "\"}").committed()).isTrue();
        }
    }

    private static List<String> tokens() {
        List<String> tokens = new ArrayList<>();
        for (int writer = 0; writer < WRITERS; writer++) {
            for (int i = 0; i < WRITES; i++) {
                tokens.add(token(writer, i));
            }
        }
        return tokens;
    }

    private static String token(int writer, int number) {
        return "tok-" + writer + "-" + number + "-end";
    }
}
