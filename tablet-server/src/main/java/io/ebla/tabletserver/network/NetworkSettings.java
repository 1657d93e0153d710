package io.ebla.tabletserver.network;

/**
 * The numbers of the network between nodes.
 *
 * @param queueMessages that may wait for one node, of each of the two priorities
 * @param queueBytes that may wait likewise
 * @param connectMillis from the first step of a connection to the other node's welcome
 * @param stallMillis without a sign of life after which a connection counts as broken
 * @param pauseMinMillis before the second attempt to connect; doubles with each
 * @param pauseMaxMillis between two attempts
 */
public record NetworkSettings(
        int queueMessages,
        long queueBytes,
        long connectMillis,
        long stallMillis,
        long pauseMinMillis,
        long pauseMaxMillis) {

    public static final NetworkSettings DEFAULTS =
            new NetworkSettings(20_000, 32L << 20, 2_000, 3_000, 20, 1_000);

    public NetworkSettings {
        if (queueMessages <= 0
                || queueBytes <= 0
                || connectMillis <= 0
                || stallMillis <= 0
                || pauseMinMillis <= 0
                || pauseMaxMillis < pauseMinMillis) {
            throw new IllegalArgumentException("no network can run with these settings");
        }
    }
}
