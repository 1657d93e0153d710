package io.ebla.core.contract;

/** What is known of a write when it is answered. The answer never lies: a time-out is unknown. */
public enum Outcome {
    /** A quorum of the replicas holds it on disk; it survives the loss of any minority. */
    COMMITTED("committed"),
    /** The copies asked for hold it, and they are fewer than a quorum. */
    ACCEPTED("accepted"),
    /** It may or may not take effect, now or later. */
    UNKNOWN("unknown"),
    /** It was taken back, and that is committed. */
    REVERTED("reverted"),
    /** It was never appended and never will be. */
    NOT_APPLIED("not_applied");

    private final String text;

    Outcome(String text) {
        this.text = text;
    }

    public String text() {
        return text;
    }
}
