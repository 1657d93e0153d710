package io.ebla.cli;

import io.ebla.cli.server.Rehearsal;
import java.io.IOException;
import java.util.Map;

/** A whole server that waits longer than a busy machine keeps anything waiting. */
final class PatientServer {

    private PatientServer() {}

    static Rehearsal start() throws IOException {
        return Rehearsal.start(
                Map.of(
                        "ebla.limits.timeout", "20s",
                        "ebla.liveness.suspect-after", "1m",
                        "ebla.liveness.down-after", "1m"));
    }
}
