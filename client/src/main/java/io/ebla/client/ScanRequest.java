package io.ebla.client;

/**
 * Which rows of a table to read, in key order; what is null does not bound.
 *
 * @param from the first pk, or sk when {@code pk} is given
 * @param to the pk (or sk) before which it ends
 * @param prefix instead of both: what the pk (or sk) begins with
 * @param pk only the rows of this pk
 * @param descending last row first; {@code from} and {@code to} keep their meaning
 * @param limit how many rows at most; 0 for all
 * @param condition a CEL expression that a row must satisfy
 * @param values whether to read the values too
 */
public record ScanRequest(
        String from,
        String to,
        String prefix,
        String pk,
        boolean descending,
        long limit,
        String condition,
        boolean values) {

    private static final ScanRequest ALL =
            new ScanRequest(null, null, null, null, false, 0, null, true);

    public ScanRequest {
        if (prefix != null && (from != null || to != null)) {
            throw new IllegalArgumentException("a prefix, or from and to, not both");
        }
        if (limit < 0) {
            throw new IllegalArgumentException("limit " + limit);
        }
    }

    public static ScanRequest all() {
        return ALL;
    }

    public static ScanRequest between(String from, String to) {
        return new ScanRequest(from, to, null, null, false, 0, null, true);
    }

    public static ScanRequest startingWith(String prefix) {
        return new ScanRequest(null, null, prefix, null, false, 0, null, true);
    }

    public ScanRequest ofPk(String only) {
        return new ScanRequest(from, to, prefix, only, descending, limit, condition, values);
    }

    public ScanRequest lastFirst() {
        return new ScanRequest(from, to, prefix, pk, true, limit, condition, values);
    }

    public ScanRequest limit(long rows) {
        return new ScanRequest(from, to, prefix, pk, descending, rows, condition, values);
    }

    public ScanRequest condition(String expression) {
        return new ScanRequest(from, to, prefix, pk, descending, limit, expression, values);
    }

    public ScanRequest withoutValues() {
        return new ScanRequest(from, to, prefix, pk, descending, limit, condition, false);
    }
}
