package io.ebla.tabletserver.tablet;

/**
 * The numbers of one tablet's write and read path; every queue in it has its bound here.
 *
 * @param mailboxOperations operations that may wait for the writer before more are refused
 * @param mailboxBytes bytes that may wait likewise
 * @param groupOperations a group is closed once it holds this many operations
 * @param groupBytes a group is closed once it holds this many bytes
 * @param groupsInFlight appended groups that may wait for their sync: with the group's size it bounds
 *     the overlay, and while they wait the next group grows in the mailbox
 * @param readWaits reads that may wait for an apply before more are refused
 * @param idempotencyRetentionMillis how long an idempotency record is kept
 * @param expiryIntervalMillis pause between two background expiries
 * @param expiryRows most rows of one background expiry
 * @param retryAfterMillis what a refused caller is told
 */
public record TabletSettings(
        int mailboxOperations,
        long mailboxBytes,
        int groupOperations,
        long groupBytes,
        int groupsInFlight,
        int readWaits,
        long idempotencyRetentionMillis,
        long expiryIntervalMillis,
        int expiryRows,
        long retryAfterMillis) {

    public static final TabletSettings DEFAULTS =
            new TabletSettings(
                    10_000, 64L << 20, 1024, 4L << 20, 2, 10_000, 86_400_000L, 100, 1000, 100);

    public TabletSettings {
        if (mailboxOperations <= 0
                || mailboxBytes <= 0
                || groupOperations <= 0
                || groupBytes <= 0
                || groupsInFlight <= 0
                || readWaits <= 0
                || idempotencyRetentionMillis <= 0
                || expiryIntervalMillis <= 0
                || expiryRows <= 0
                || retryAfterMillis < 0) {
            throw new IllegalArgumentException("a bound of a tablet must be positive: " + this);
        }
    }
}
