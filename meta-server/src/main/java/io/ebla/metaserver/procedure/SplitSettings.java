package io.ebla.metaserver.procedure;

/**
 * The numbers of splits that nobody asked for.
 *
 * @param automatic whether there are any
 * @param bytes a tablet that is larger is split in its middle
 * @param load one that is asked for more operations a second, for half a minute, is split where half of them
 *     lie below, if there is another node that may take one of the halves; 0 for none
 * @param atOnce splits that run at a time before another is begun unasked, whoever asked for them
 * @param pauseMillis after a split of a tablet that came to nothing, as that of one pk does, it is left alone
 *     for so long; twice as long after each further one
 */
public record SplitSettings(
        boolean automatic, long bytes, double load, int atOnce, long pauseMillis) {

    public SplitSettings {
        if (bytes <= 0 || load < 0 || atOnce <= 0 || pauseMillis <= 0) {
            throw new IllegalArgumentException("settings of splits cannot be so");
        }
    }

    /** As the product's defaults are. */
    public static SplitSettings defaults() {
        return new SplitSettings(true, 2L << 30, 0, 2, 60_000);
    }

    /** Only what was asked for is split. */
    public static SplitSettings never() {
        SplitSettings usual = defaults();
        return new SplitSettings(false, usual.bytes, usual.load, usual.atOnce, usual.pauseMillis);
    }
}
