package io.ebla.clustertest;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.process.Command;
import io.ebla.clustertest.process.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The {@code ebla} command in a checkout where nothing is built; its build is a stub that is counted. */
class LauncherIT {

    private static final Path JAR =
            Path.of(System.getProperty("ebla.jar", "../cli/target/ebla-exec.jar")).toAbsolutePath();

    @TempDir private Path checkout;

    @BeforeEach
    void freshCheckout() throws IOException {
        Files.copy(
                Path.of("..", "ebla"),
                checkout.resolve("ebla"),
                StandardCopyOption.COPY_ATTRIBUTES);
        Files.writeString(checkout.resolve("pom.xml"), "<project/>");
        Path build = checkout.resolve("mvnw");
        Files.writeString(
                build,
                """
                #!/bin/sh
                echo build >> builds
                sleep 2
                cp %s cli/target/ebla-exec.jar
                """
                        .formatted(JAR));
        assertThat(build.toFile().setExecutable(true)).isTrue();
    }

    @Test
    void commandsStartedAtOnceBuildOnceAndAllRun() throws IOException {
        List<Process> commands = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            commands.add(start(i));
        }
        for (int i = 0; i < commands.size(); i++) {
            Process command = commands.get(i);
            assertThat(Eventually.happens(Duration.ofSeconds(180), () -> !command.isAlive()))
                    .isTrue();
            assertThat(command.exitValue()).as(output(i)).isZero();
            assertThat(output(i)).contains("ebla");
        }
        assertThat(Files.readAllLines(checkout.resolve("builds"))).hasSize(1);
    }

    @Test
    void aLockWhoseOwnerDiedIsTaken() throws IOException {
        Path lock = Files.createDirectories(checkout.resolve("cli/target/build.lock"));
        Files.writeString(lock.resolve("pid"), "" + aDeadProcess());
        Process command = start(0);
        assertThat(Eventually.happens(Duration.ofSeconds(180), () -> !command.isAlive())).isTrue();
        assertThat(command.exitValue()).as(output(0)).isZero();
        assertThat(lock).doesNotExist();
    }

    private Process start(int number) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(checkout.resolve("ebla").toString(), "version")
                        .redirectErrorStream(true)
                        .redirectOutput(checkout.resolve("output" + number).toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return builder.start();
    }

    private String output(int number) throws IOException {
        return Files.readString(checkout.resolve("output" + number));
    }

    private static long aDeadProcess() {
        return Long.parseLong(Command.run("sh", "-c", "echo $$").strip());
    }
}
