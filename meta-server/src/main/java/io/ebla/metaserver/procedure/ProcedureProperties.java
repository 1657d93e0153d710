package io.ebla.metaserver.procedure;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Settings of what the leading meta-server does by itself; see {@link ProcedureSettings}.
 *
 * @param grace nothing is moved for so long after the lead changed or most nodes were lost out of hearing
 * @param probe a node silent for so long is asked whether it is still there
 * @param mute a master that lives and does not serve for so long is replaced
 * @param start a new master may take so long before it serves
 * @param maxClockOffset a node whose clock is further off must not lead
 * @param handOvers masterships that are handed over at a time
 */
@ConfigurationProperties("ebla.procedure")
public record ProcedureProperties(
        @DefaultValue("3s") Duration grace,
        @DefaultValue("350ms") Duration probe,
        @DefaultValue("3s") Duration mute,
        @DefaultValue("10s") Duration start,
        @DefaultValue("1s") Duration maxClockOffset,
        @DefaultValue("32") int handOvers) {

    /**
     * How replicas are rebuilt.
     *
     * @param after a node that is down for so long has its replicas rebuilt elsewhere
     * @param failedAfter a replica that is failed or has a full disk for so long is rebuilt
     * @param atOnce replicas that are built at a time
     * @param catchUp entries behind the head that a learner may be to become a member
     * @param liveShare nothing is rebuilt while a smaller share of the nodes lives
     */
    @ConfigurationProperties("ebla.repair")
    public record Repair(
            @DefaultValue("5m") Duration after,
            @DefaultValue("30s") Duration failedAfter,
            @DefaultValue("8") int atOnce,
            @DefaultValue("1000") long catchUp,
            @DefaultValue("0.65") double liveShare) {}

    /**
     * How replicas and masterships are moved.
     *
     * @param automatic whether anything is moved for the sake of balance
     * @param moves replicas that move at a time
     * @param settle an imbalance is looked at for so long before anything is moved for it
     * @param drain a drain for which there has been no room for so long is given up
     * @param share something is moved for bytes or load when two nodes differ by more of the mean
     * @param bytesMin and by more than so much
     * @param loadMin or by more than so many operations a second that their masters are asked for
     */
    @ConfigurationProperties("ebla.balancing")
    public record Balancing(
            @DefaultValue("true") boolean automatic,
            @DefaultValue("4") int moves,
            @DefaultValue("5s") Duration settle,
            @DefaultValue("5m") Duration drain,
            @DefaultValue("0.2") double share,
            @DefaultValue("256MB") DataSize bytesMin,
            @DefaultValue("200") double loadMin) {

        BalanceSettings settings() {
            return new BalanceSettings(
                    automatic,
                    moves,
                    settle.toMillis(),
                    drain.toMillis(),
                    share,
                    bytesMin.toBytes(),
                    loadMin);
        }
    }

    /**
     * When tablets are split unasked.
     *
     * @param automatic whether any is; like balance they wait while that is paused
     * @param bytes a larger tablet is split in its middle
     * @param load one that is asked for more operations a second is split where half of these lie below; 0:
     *     none
     * @param atOnce splits that run at a time
     * @param pause a tablet whose split came to nothing is left alone for so long, twice as long each time
     */
    @ConfigurationProperties("ebla.splitting")
    public record Splitting(
            @DefaultValue("true") boolean automatic,
            @DefaultValue("2GB") DataSize bytes,
            @DefaultValue("0") double load,
            @DefaultValue("2") int atOnce,
            @DefaultValue("1m") Duration pause) {

        SplitSettings settings() {
            return new SplitSettings(automatic, bytes.toBytes(), load, atOnce, pause.toMillis());
        }
    }

    /**
     * When neighbours are merged unasked.
     *
     * @param automatic whether any are; like balance they wait while that is paused
     * @param share two are merged that together have a smaller share of {@code ebla.splitting.bytes}, and are
     *     asked for a smaller one of {@code ebla.splitting.load} where that is set; half of them at most
     * @param load and together for fewer operations a second; 0: however many
     * @param idle all of that for so long
     * @param atOnce merges that run at a time
     */
    @ConfigurationProperties("ebla.merging")
    public record Merging(
            @DefaultValue("true") boolean automatic,
            @DefaultValue("0.25") double share,
            @DefaultValue("100") double load,
            @DefaultValue("10m") Duration idle,
            @DefaultValue("1") int atOnce) {

        MergeSettings settings() {
            return new MergeSettings(automatic, share, load, idle.toMillis(), atOnce);
        }
    }

    ProcedureSettings settings(
            Repair repair, Balancing balancing, Splitting splitting, Merging merging) {
        return new ProcedureSettings(
                grace.toMillis(),
                probe.toMillis(),
                mute.toMillis(),
                start.toMillis(),
                maxClockOffset.toMillis(),
                repair.after().toMillis(),
                repair.failedAfter().toMillis(),
                repair.atOnce(),
                repair.catchUp(),
                handOvers,
                repair.liveShare(),
                balancing.settings(),
                splitting.settings(),
                merging.settings());
    }
}
