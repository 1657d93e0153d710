package io.ebla.client;

/**
 * How a write is to be done; what is null is left to the server.
 *
 * @param acks {@code local}, {@code quorum}, {@code all} or a number of copies
 * @param timeout how long the server waits for them: {@code 500ms}, {@code 2s}
 * @param ttl how long the row lives: {@code 10s}, {@code 7d}, {@code never}
 * @param condition a CEL expression over the row as it is, that must hold
 * @param ifVersion the version the row must have; {@code *} for any
 * @param ifAbsent whether the row must not exist
 * @param idempotencyKey makes repetitions of this very write safe for 24 h
 */
public record WriteOptions(
        String acks,
        String timeout,
        String ttl,
        String condition,
        String ifVersion,
        boolean ifAbsent,
        String idempotencyKey) {

    private static final WriteOptions DEFAULTS =
            new WriteOptions(null, null, null, null, null, false, null);

    public static WriteOptions defaults() {
        return DEFAULTS;
    }

    public WriteOptions acks(String copies) {
        return new WriteOptions(
                copies, timeout, ttl, condition, ifVersion, ifAbsent, idempotencyKey);
    }

    public WriteOptions timeout(String wait) {
        return new WriteOptions(acks, wait, ttl, condition, ifVersion, ifAbsent, idempotencyKey);
    }

    public WriteOptions ttl(String life) {
        return new WriteOptions(
                acks, timeout, life, condition, ifVersion, ifAbsent, idempotencyKey);
    }

    public WriteOptions condition(String expression) {
        return new WriteOptions(
                acks, timeout, ttl, expression, ifVersion, ifAbsent, idempotencyKey);
    }

    public WriteOptions ifVersion(String version) {
        return new WriteOptions(acks, timeout, ttl, condition, version, ifAbsent, idempotencyKey);
    }

    public WriteOptions onlyIfAbsent() {
        return new WriteOptions(acks, timeout, ttl, condition, ifVersion, true, idempotencyKey);
    }

    public WriteOptions idempotencyKey(String key) {
        return new WriteOptions(acks, timeout, ttl, condition, ifVersion, ifAbsent, key);
    }

    /**
     * All conditions as one expression, for the JSON forms, which have no conditional headers; null
     * when there are none.
     */
    String wholeCondition() {
        String whole = condition == null ? null : "(" + condition + ")";
        if (ifVersion != null) {
            whole = and(whole, ifVersion.equals("*") ? "pk != null" : versionIs(ifVersion));
        }
        return ifAbsent ? and(whole, "pk == null") : whole;
    }

    private static String versionIs(String version) {
        return "version == \"" + version.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    private static String and(String left, String right) {
        return left == null ? right : left + " && " + right;
    }
}
