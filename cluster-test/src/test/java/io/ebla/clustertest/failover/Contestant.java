package io.ebla.clustertest.failover;

import io.ebla.clustertest.process.Api;
import java.net.URI;
import java.time.Duration;

/**
 * A replicated store whose leader is to be killed: what the benchmark needs of it. All are written through
 * clients that are made alike ({@link #client}), and the benchmark itself goes to the next server when one
 * fails.
 */
interface Contestant extends AutoCloseable {

    /** How long a client waits for an answer, and a server that can be told so for its copies. */
    int PATIENCE_MILLIS = Integer.getInteger("patienceMillis", 500);

    int CONNECT_MILLIS = 500;

    /** A client that writes through one server. */
    static Api client(URI server) {
        return new Api(
                server, Duration.ofMillis(CONNECT_MILLIS), Duration.ofMillis(PATIENCE_MILLIS));
    }

    String name();

    /** How many servers take writes. */
    int servers();

    /**
     * Writes 1 KB under a key through one server.
     *
     * @return whether it was answered as durable on a quorum
     */
    boolean put(int server, String key);

    /** Which server leads now; waits until one does. */
    int leader();

    /** Ends it as a crash does. */
    void kill(int server);

    /** Starts it again and waits until it has caught up. */
    void bringBack(int server);

    @Override
    void close();
}
