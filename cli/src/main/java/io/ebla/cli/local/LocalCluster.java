package io.ebla.cli.local;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The processes of a cluster on this machine: started together, watched, ended together.
 *
 * <p>One that ends is told of and not started again: whoever ended it did so on purpose, or wants to see why.
 * The tablet servers end before the meta-servers, so that they can still hand their masterships over.
 */
final class LocalCluster {

    /** More than a server takes to stop cleanly. */
    private static final long STOP_MILLIS = 20_000;

    private static final int TAIL_LINES = 20;

    private final List<RunningProcess> processes = new ArrayList<>();
    private final ClusterPlan plan;
    private final ServerLauncher launcher;
    private final PrintWriter out;
    private final PrintWriter errors;
    private boolean stopping;

    LocalCluster(ClusterPlan plan, ServerLauncher launcher, PrintWriter out, PrintWriter errors) {
        this.plan = plan;
        this.launcher = launcher;
        this.out = out;
        this.errors = errors;
    }

    /** @throws IllegalArgumentException if the directory is that of a cluster of other meta-servers */
    void check() throws IOException {
        long metas = directories("m\\d+");
        if (metas > 0 && metas != plan.metaServers()) {
            throw new IllegalArgumentException(
                    plan.data()
                            + " holds "
                            + metas
                            + " meta-servers; say --meta-servers "
                            + metas
                            + " (they join and leave by PUT and DELETE of /v1/cluster/meta/ID)");
        }
        long tablets = directories("t\\d+");
        if (tablets > plan.tabletServers()) {
            errors.println(
                    "ebla: "
                            + plan.data()
                            + " holds "
                            + tablets
                            + " tablet servers; only "
                            + plan.tabletServers()
                            + " are started");
            errors.flush();
        }
    }

    private long directories(String name) throws IOException {
        if (!Files.isDirectory(plan.data())) {
            return 0;
        }
        try (Stream<Path> all = Files.list(plan.data())) {
            return all.filter(Files::isDirectory)
                    .filter(each -> each.getFileName().toString().matches(name))
                    .count();
        }
    }

    /** Starts all of them, and returns once they serve; false if one ended instead. */
    boolean start() throws IOException, InterruptedException {
        for (ClusterPlan.Server server : plan.servers()) {
            synchronized (this) {
                if (stopping) {
                    return false;
                }
                RunningProcess process = new RunningProcess(server, launcher.start(server));
                processes.add(process);
                out.println(server.id() + " " + process.pid() + " " + server.url());
                out.flush();
            }
        }
        for (RunningProcess process : processes) {
            try {
                process.ready().join();
            } catch (CancellationException | CompletionException ended) {
                tellFailedStart(process);
                return false;
            }
        }
        processes.forEach(each -> each.ended().thenAccept(status -> told(each, status)));
        awaitService();
        return true;
    }

    private void awaitService() throws InterruptedException {
        ClusterPlan.Server server = plan.servers().get(plan.metaServers());
        FirstService service = new FirstService(URI.create(server.url()), plan.tabletServers());
        service.await(() -> processes.stream().noneMatch(each -> each.ended().isDone()))
                .ifPresent(
                        missing -> {
                            errors.println("ebla: not everything is served yet: " + missing);
                            errors.flush();
                        });
    }

    private synchronized void tellFailedStart(RunningProcess process) throws IOException {
        if (stopping) {
            return;
        }
        Path log = launcher.log(process.server());
        errors.println(
                "ebla: " + process.server().id() + " did not start; the end of " + log + ":");
        List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
        lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size())
                .forEach(errors::println);
        errors.flush();
    }

    private synchronized void told(RunningProcess process, int status) {
        if (stopping) {
            return;
        }
        ClusterPlan.Server server = process.server();
        errors.println(
                "ebla: "
                        + server.id()
                        + " (pid "
                        + process.pid()
                        + ") has ended with status "
                        + status
                        + ", the others go on; its log is "
                        + launcher.log(server)
                        + "; to start it again: ebla "
                        + String.join(" ", server.arguments()));
        errors.flush();
    }

    /** Completes when none of them runs any more. */
    CompletableFuture<Void> allEnded() {
        return CompletableFuture.allOf(
                processes.stream().map(RunningProcess::ended).toArray(CompletableFuture[]::new));
    }

    /** Ends all of them cleanly, or after a while for certain. */
    void stop() {
        synchronized (this) {
            stopping = true;
        }
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STOP_MILLIS);
        for (boolean meta : new boolean[] {false, true}) {
            List<RunningProcess> some =
                    processes.stream().filter(each -> each.server().meta() == meta).toList();
            some.forEach(RunningProcess::stop);
            for (RunningProcess each : some) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                each.awaitEnd(Math.max(1_000, left));
            }
        }
    }
}
