package io.ebla.clustertest.failover;

/** A replicated store whose leader is to be killed: what the benchmark needs of it. */
interface Contestant extends AutoCloseable {

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
