package io.ebla.metaserver.procedure;

/**
 * The numbers of moves and of balance.
 *
 * @param automatic whether anything is moved for the sake of balance
 * @param movesMax replicas that move at a time, in the whole cluster
 * @param settleMillis an imbalance is looked at for so long before anything is moved for it
 * @param drainMillis drains that have come no further for so long are given up
 * @param share something is moved for bytes or load when two nodes differ by more of the mean
 * @param bytesMin and by more than so many bytes
 * @param loadMin or by more than so many operations a second that their masters are asked for
 */
public record BalanceSettings(
        boolean automatic,
        int movesMax,
        long settleMillis,
        long drainMillis,
        double share,
        long bytesMin,
        double loadMin) {

    public BalanceSettings {
        boolean sound =
                movesMax > 0
                        && settleMillis >= 0
                        && drainMillis > 0
                        && share > 0
                        && bytesMin >= 0
                        && loadMin >= 0;
        if (!sound) {
            throw new IllegalArgumentException("settings of balance cannot be so");
        }
    }

    /** As the product's defaults are. */
    public static BalanceSettings defaults() {
        return new BalanceSettings(true, 4, 5_000, 300_000, 0.2, 256L << 20, 200);
    }

    /** Only what was asked for is moved. */
    public static BalanceSettings never() {
        BalanceSettings usual = defaults();
        return new BalanceSettings(
                false,
                usual.movesMax,
                usual.settleMillis,
                usual.drainMillis,
                usual.share,
                usual.bytesMin,
                usual.loadMin);
    }
}
