package io.ebla.clustertest.bench;

import java.io.IOException;

/** Fills a table of one server by bulk writes. */
final class BulkLoad {

    private static final int LINES = 1_000;
    private static final int CONNECTIONS = 4;
    private static final int PATIENCE_SECONDS = 1_200;

    private BulkLoad() {}

    /**
     * @param from number of the first row
     * @param to number behind the last row, so many thousands later
     * @return how long it took; an answer is a thousand rows
     */
    static LoadLoop.Round run(
            MeasuredServer server, Requests requests, String table, long from, long to)
            throws IOException {
        if ((to - from) % LINES != 0) {
            throw new IllegalArgumentException("rows come in " + LINES + "s: " + (to - from));
        }
        try (LoadLoop load =
                new LoadLoop(
                        server.port(),
                        CONNECTIONS,
                        requests.bulks(table, LINES, from, to),
                        body -> body.contains("\"written\":" + LINES + ","),
                        false)) {
            LoadLoop.Round round = load.run(PATIENCE_SECONDS);
            if (round.error() != null || round.units() != (to - from) / LINES) {
                throw new IOException("the load failed: " + round.error());
            }
            return round;
        }
    }
}
