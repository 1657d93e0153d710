package io.ebla.clustertest.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The packaged jar that is tested, unpacked with a class archive as the {@code ebla} command does it, since
 * the tests start it hundreds of times. Made once for each jar.
 */
public final class PackagedJar {

    private static final Path RUN = Path.of("target", "run").toAbsolutePath();
    private static final Path UNPACKED = RUN.resolve("ebla-exec.jar");
    private static final Path ARCHIVE = RUN.resolve("classes.jsa");
    private static final long ENDS_SECONDS = 180;

    private PackagedJar() {}

    /** The options of the JVM that end in the jar; what follows are arguments of {@code ebla}. */
    public static synchronized List<String> options(Path java, List<String> jvmOptions) {
        Path jar = Path.of(System.getProperty("ebla.jar", "../cli/target/ebla-exec.jar"));
        try {
            if (!Files.exists(jar)) {
                throw new AssertionError(
                        jar.toAbsolutePath() + " is missing: ./mvnw package builds it");
            }
            boolean current =
                    Files.exists(UNPACKED)
                            && Files.getLastModifiedTime(UNPACKED)
                                            .compareTo(Files.getLastModifiedTime(jar))
                                    >= 0;
            if (!current) {
                unpack(java, jar, jvmOptions);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        List<String> options = new ArrayList<>(jvmOptions);
        options.addAll(List.of("-Xshare:auto", "-Xlog:disable", "-Xlog:all=error:stderr"));
        if (Files.exists(ARCHIVE)) {
            options.add("-XX:SharedArchiveFile=" + ARCHIVE);
        }
        options.addAll(List.of("-jar", UNPACKED.toString()));
        return options;
    }

    private static void unpack(Path java, Path jar, List<String> jvmOptions) throws IOException {
        Files.deleteIfExists(ARCHIVE);
        Files.deleteIfExists(UNPACKED);
        run(
                java,
                List.of("-Djarmode=tools", "-jar", jar.toString()),
                List.of("extract", "--force", "--destination", RUN.toString()));
        List<String> rehearsal =
                new ArrayList<>(
                        jvmOptions.stream().filter(each -> !each.startsWith("-D")).toList());
        rehearsal.addAll(
                List.of("-XX:ArchiveClassesAtExit=" + ARCHIVE, "-jar", UNPACKED.toString()));
        run(java, rehearsal, List.of("rehearse"));
        Files.setLastModifiedTime(UNPACKED, Files.getLastModifiedTime(jar));
    }

    private static void run(Path java, List<String> options, List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(java.toString()));
        command.addAll(options);
        command.addAll(arguments);
        Path log = Files.createTempFile("ebla-unpack", ".log");
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        try {
            boolean ended = process.waitFor(ENDS_SECONDS, TimeUnit.SECONDS);
            process.destroyForcibly();
            // A rehearsal that fails half-way has still shown the JVM most classes.
            boolean failed = !ended || process.exitValue() != 0;
            if (failed && !arguments.contains("rehearse")) {
                throw new IOException(command + ":\n" + Files.readString(log));
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException(interrupted);
        }
        Files.delete(log);
    }
}
