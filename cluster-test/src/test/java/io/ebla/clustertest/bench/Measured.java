package io.ebla.clustertest.bench;

import java.io.IOException;

/** What serves a load: one process or several. */
interface Measured {

    /** User and system time of all its processes so far. */
    double cpuSeconds() throws IOException;

    /** Syncs of the log that its processes have counted so far; negative when nobody counts them. */
    default long syncs() throws IOException {
        return -1;
    }
}
