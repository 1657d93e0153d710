package io.ebla.cli.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A whole server on a free port and a directory that goes away with it. */
public final class Rehearsal implements AutoCloseable {

    private final Path data;
    private final RunningServer server;

    private Rehearsal(Path data, RunningServer server) {
        this.data = data;
        this.server = server;
    }

    public static Rehearsal start() throws IOException {
        return start(Map.of());
    }

    /** @param more properties beyond those that make it a rehearsal */
    public static Rehearsal start(Map<String, String> more) throws IOException {
        Path data = Files.createTempDirectory("ebla-rehearsal");
        Map<String, String> properties = new HashMap<>(more);
        properties.put("ebla.data", data.toString());
        properties.put("ebla.http-port", "0");
        properties.put("ebla.log-level", "warn");
        RunningServer server = RunningServer.start(Role.DEV, properties, () -> {});
        return new Rehearsal(data, server);
    }

    public String url() {
        return server.url();
    }

    @Override
    public void close() throws IOException {
        server.close();
        List<Path> all;
        try (Stream<Path> found = Files.walk(data)) {
            all = found.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path one : all) {
            Files.delete(one);
        }
    }
}
