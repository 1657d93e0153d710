package io.ebla.metaserver.procedure;

/**
 * The numbers of what the leader does.
 *
 * @param graceMillis after it began to lead, or lost or found again most nodes, nothing is moved for so long
 * @param probeMillis a node that was silent for so long is asked whether it is still there
 * @param muteMillis a master that lives and does not serve for so long is replaced
 * @param startMillis a new master may take so long before it serves
 * @param maxClockOffsetMillis a node whose clock is further off the median must not lead (T2)
 * @param repairAfterMillis a node that is down for so long has its replicas rebuilt elsewhere
 * @param failedAfterMillis a replica that is failed or has a full disk for so long is rebuilt
 * @param learnersMax replicas that are built at a time, in the whole cluster, beside those that move
 * @param catchUpEntries a learner so close to the head is made a member
 * @param handOversMax masterships that are handed over at a time
 * @param liveShare nothing is rebuilt or moved while a smaller share of the known nodes lives
 * @param balance how replicas and masterships are moved
 * @param splits when tablets are split unasked
 * @param merges when tablets are merged unasked
 */
public record ProcedureSettings(
        long graceMillis,
        long probeMillis,
        long muteMillis,
        long startMillis,
        long maxClockOffsetMillis,
        long repairAfterMillis,
        long failedAfterMillis,
        int learnersMax,
        long catchUpEntries,
        int handOversMax,
        double liveShare,
        BalanceSettings balance,
        SplitSettings splits,
        MergeSettings merges) {

    public ProcedureSettings {
        boolean sound =
                graceMillis >= 0
                        && probeMillis > 0
                        && muteMillis > 0
                        && startMillis >= muteMillis
                        && maxClockOffsetMillis > 0
                        && repairAfterMillis > 0
                        && failedAfterMillis > 0
                        && learnersMax > 0
                        && catchUpEntries >= 0
                        && handOversMax > 0
                        && liveShare >= 0
                        && liveShare <= 1
                        && balance != null
                        && splits != null
                        && merges != null;
        if (!sound) {
            throw new IllegalArgumentException("settings of procedures cannot be so");
        }
    }

    /** As the product's defaults are. */
    public static ProcedureSettings defaults() {
        return new ProcedureSettings(
                3_000,
                350,
                3_000,
                10_000,
                1_000,
                300_000,
                30_000,
                8,
                1_000,
                32,
                0.65,
                BalanceSettings.defaults(),
                SplitSettings.defaults(),
                MergeSettings.defaults());
    }

    /** Nothing is moved for the sake of balance, nor split or merged unasked. */
    public ProcedureSettings(
            long graceMillis,
            long probeMillis,
            long muteMillis,
            long startMillis,
            long maxClockOffsetMillis,
            long repairAfterMillis,
            long failedAfterMillis,
            int learnersMax,
            long catchUpEntries,
            int handOversMax,
            double liveShare) {
        this(
                graceMillis,
                probeMillis,
                muteMillis,
                startMillis,
                maxClockOffsetMillis,
                repairAfterMillis,
                failedAfterMillis,
                learnersMax,
                catchUpEntries,
                handOversMax,
                liveShare,
                BalanceSettings.never(),
                SplitSettings.never(),
                MergeSettings.never());
    }

    ProcedureSettings with(BalanceSettings other) {
        return with(other, splits, merges);
    }

    ProcedureSettings with(SplitSettings other) {
        return with(balance, other, merges);
    }

    ProcedureSettings with(MergeSettings other) {
        return with(balance, splits, other);
    }

    private ProcedureSettings with(
            BalanceSettings balances, SplitSettings divides, MergeSettings joins) {
        return new ProcedureSettings(
                graceMillis,
                probeMillis,
                muteMillis,
                startMillis,
                maxClockOffsetMillis,
                repairAfterMillis,
                failedAfterMillis,
                learnersMax,
                catchUpEntries,
                handOversMax,
                liveShare,
                balances,
                divides,
                joins);
    }
}
