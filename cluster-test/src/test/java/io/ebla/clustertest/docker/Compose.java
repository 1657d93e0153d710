package io.ebla.clustertest.docker;

import com.github.dockerjava.api.DockerClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The project of {@code docker-compose.yml}: brought up by the compose command there is, its containers then
 * handled one by one through the engine.
 */
final class Compose implements AutoCloseable {

    private static final String PROJECT = "ebla-test";
    private static final String NETWORK = PROJECT + "_cluster";

    private final DockerClient engine;
    private final Path root;
    private final Map<String, String> environment;
    private final List<String> command;

    /** @param root where docker-compose.yml is */
    Compose(DockerClient engine, Path root, Map<String, String> environment) {
        this.engine = engine;
        this.root = root;
        this.environment = environment;
        this.command =
                runs(List.of("docker", "compose", "version"))
                        ? List.of("docker", "compose", "-p", PROJECT)
                        : List.of("docker-compose", "-p", PROJECT);
    }

    private boolean runs(List<String> arguments) {
        try {
            return process(arguments).start().waitFor() == 0;
        } catch (IOException absent) {
            return false;
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private ProcessBuilder process(List<String> arguments) {
        ProcessBuilder builder = new ProcessBuilder(arguments).directory(root.toFile());
        builder.environment().putAll(environment);
        return builder.redirectErrorStream(true);
    }

    private String compose(String... arguments) {
        List<String> all = new ArrayList<>(command);
        all.addAll(List.of(arguments));
        try {
            Process process = process(all).start();
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(all + " failed:\n" + output);
            }
            return output;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    /** Builds the image and starts all servers; returns when they run, ready or not. */
    void up() {
        compose("build");
        compose("up", "-d");
    }

    /** As the machine losing its power would: no time to say anything. */
    void kill(String service) {
        engine.killContainerCmd(id(service)).exec();
    }

    void start(String service) {
        engine.startContainerCmd(id(service)).exec();
    }

    /** Takes a server off the network of the cluster; it runs on. */
    void cut(String service) {
        engine.disconnectFromNetworkCmd()
                .withNetworkId(NETWORK)
                .withContainerId(id(service))
                .withForce(true)
                .exec();
    }

    /** Puts it back under the name by which the others know it. */
    void heal(String service) {
        engine.connectToNetworkCmd()
                .withNetworkId(NETWORK)
                .withContainerId(id(service))
                .withContainerNetwork(
                        new com.github.dockerjava.api.model.ContainerNetwork().withAliases(service))
                .exec();
    }

    /** What the server said, for a test that failed. */
    String log(String service) {
        return compose("logs", "--no-color", "--tail=30", service);
    }

    private String id(String service) {
        return compose("ps", "-a", "-q", service).strip();
    }

    @Override
    public void close() {
        compose("down", "-v", "--timeout", "20");
    }
}
