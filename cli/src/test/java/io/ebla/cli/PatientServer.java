package io.ebla.cli;

import io.ebla.cli.server.Rehearsal;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** A whole server that waits longer than a busy machine keeps anything waiting. */
final class PatientServer {

    private PatientServer() {}

    static Rehearsal start() throws IOException {
        return start(Map.of());
    }

    /** @param more properties beyond those that make it patient */
    static Rehearsal start(Map<String, String> more) throws IOException {
        Map<String, String> properties = new HashMap<>(more);
        properties.put("ebla.limits.timeout", "20s");
        properties.put("ebla.liveness.suspect-after", "1m");
        properties.put("ebla.liveness.down-after", "1m");
        return Rehearsal.start(properties);
    }
}
