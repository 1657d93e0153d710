package io.ebla.clustertest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.EblaLauncher;
import io.ebla.clustertest.process.EblaProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starting and stopping the packaged jar: orderly, twice at once, and on a newer Java. */
class StopIT {

    private static final Path INSTALLED_JAVAS = Path.of("/usr/lib/jvm");

    @TempDir private Path directory;

    @Test
    void sigtermEndsCleanlyAndEverythingIsThereAgain() {
        EblaLauncher launcher = new EblaLauncher(directory);
        try (EblaProcess server = launcher.start()) {
            Duration first = server.awaitReady();
            Api api = new Api(server.uri());
            api.createTable("t", "{}");
            assertThat(api.put(Api.row("t", "a", null), "1").committed()).isTrue();
            assertThat(server.terminate()).isIn(0, 143);
            System.out.println("StopIT: start to ready on an empty directory: " + first);
        }
        try (EblaProcess again = launcher.start()) {
            System.out.println("StopIT: start to ready on a used directory: " + again.awaitReady());
            assertThat(new Api(again.uri()).get(Api.row("t", "a", null)).body()).isEqualTo("1");
            assertThat(again.terminate()).isIn(0, 143);
        }
    }

    @Test
    void secondStartOnOneDirectoryRefusesAndLeavesTheFirstAlone() {
        EblaLauncher launcher = new EblaLauncher(directory);
        try (EblaProcess first = launcher.start()) {
            first.awaitReady();
            EblaLauncher other = new EblaLauncher(directory.resolve("logs")).data(launcher.data());
            assertThat(directory.resolve("logs").toFile().mkdirs()).isTrue();
            try (EblaProcess second = other.start()) {
                Optional<Integer> status = second.awaitExit(Duration.ofSeconds(60));
                assertThat(status).as("exit of the second:\n%s", second.tail()).isPresent();
                assertThat(status.get()).isNotZero();
                assertThat(second.output())
                        .contains(launcher.data().getFileName().toString())
                        .contains("another process")
                        .doesNotContain("\tat ");
            }
            Api api = new Api(first.uri());
            api.createTable("t", "{}");
            assertThat(api.put(Api.row("t", "a", null), "1").committed()).isTrue();
        }
    }

    @Test
    void startsOnJava25WithDataOfJava17() throws IOException {
        Optional<Path> java = newerJava();
        assumeTrue(java.isPresent(), () -> "no Java 25 below " + INSTALLED_JAVAS);
        EblaLauncher launcher = new EblaLauncher(directory);
        try (EblaProcess server = launcher.start()) {
            server.awaitReady();
            Api api = new Api(server.uri());
            api.createTable("t", "{}");
            assertThat(api.put(Api.row("t", "a", null), "1").committed()).isTrue();
            server.kill();
        }
        launcher.on(
                java.get(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow");
        try (EblaProcess server = launcher.start()) {
            System.out.println("StopIT: start to ready on Java 25: " + server.awaitReady());
            Api api = new Api(server.uri());
            assertThat(api.get(Api.row("t", "a", null)).body()).isEqualTo("1");
            assertThat(api.put(Api.row("t", "b", null), "2").committed()).isTrue();
            assertThat(server.terminate()).isIn(0, 143);
        }
    }

    private static Optional<Path> newerJava() throws IOException {
        if (!Files.isDirectory(INSTALLED_JAVAS)) {
            return Optional.empty();
        }
        try (Stream<Path> homes = Files.list(INSTALLED_JAVAS)) {
            return homes.filter(home -> home.getFileName().toString().matches(".*-25-.*"))
                    .map(home -> home.resolve("bin/java"))
                    .filter(Files::isExecutable)
                    .findFirst();
        }
    }
}
