package io.ebla.metaserver.procedure;

/**
 * The numbers of merges that nobody asked for. What is merged is well below what is split, so that neither
 * brings about the other.
 *
 * @param automatic whether there are any
 * @param share two tablets are merged that together have a smaller share of the bytes, and of the load, by
 *     which one would be split
 * @param load and together are asked for fewer operations a second; 0: however many
 * @param idleMillis all of that without a break for so long, as seen by one leader
 * @param atOnce merges that run at a time before another is begun unasked, whoever asked for them
 */
public record MergeSettings(
        boolean automatic, double share, double load, long idleMillis, int atOnce) {

    /** What has more than that would be split again before it has doubled. */
    private static final double SHARE_MAX = 0.5;

    public MergeSettings {
        check(
                share > 0 && share <= SHARE_MAX,
                "share",
                share,
                "above 0 and at most " + SHARE_MAX + ", or what is merged would be split again");
        check(load >= 0, "load", load, "operations a second, or 0 where they do not matter");
        check(idleMillis > 0, "idle", idleMillis + " ms", "more than nothing");
        check(atOnce > 0, "at-once", atOnce, "1 at least; ebla.merging.automatic=false is none");
    }

    private static void check(boolean sound, String name, Object value, String bounds) {
        if (!sound) {
            throw new IllegalArgumentException(
                    "ebla.merging." + name + " cannot be " + value + ": it is " + bounds);
        }
    }

    /** As the product's defaults are. */
    public static MergeSettings defaults() {
        return new MergeSettings(true, 0.25, 100, 600_000, 1);
    }

    /** Only what was asked for is merged. */
    public static MergeSettings never() {
        MergeSettings usual = defaults();
        return new MergeSettings(false, usual.share, usual.load, usual.idleMillis, usual.atOnce);
    }

    /** Bytes that two tablets have less of, together. */
    double bytesBelow(SplitSettings splits) {
        return share * splits.bytes();
    }

    /** Operations a second that two tablets are asked for less of, together. */
    double loadBelow(SplitSettings splits) {
        double most = load == 0 ? Double.POSITIVE_INFINITY : load;
        return splits.load() == 0 ? most : Math.min(most, share * splits.load());
    }
}
