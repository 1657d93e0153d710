package io.ebla.client;

/**
 * How a read is to be done; what is null is left to the server.
 *
 * @param level {@code strong}, {@code session} or {@code local}
 * @param position for {@code session}: what must be seen at least
 * @param timeout how long the server may take
 */
public record ReadOptions(String level, String position, String timeout) {

    private static final ReadOptions DEFAULTS = new ReadOptions(null, null, null);

    public static ReadOptions defaults() {
        return DEFAULTS;
    }

    public static ReadOptions session(String position) {
        return new ReadOptions("session", position, null);
    }

    public static ReadOptions local() {
        return new ReadOptions("local", null, null);
    }

    public ReadOptions timeout(String wait) {
        return new ReadOptions(level, position, wait);
    }
}
