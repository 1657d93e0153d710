package io.ebla.tabletserver.tablet;

import ch.qos.logback.classic.Level;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.cluster.Verdict;
import io.ebla.metaserver.liveness.Liveness;
import io.ebla.metaserver.procedure.BalanceSettings;
import io.ebla.metaserver.procedure.LeaderProcedures;
import io.ebla.metaserver.procedure.MergeSettings;
import io.ebla.metaserver.procedure.ProcedureSettings;
import io.ebla.metaserver.procedure.SplitSettings;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.slf4j.LoggerFactory;

/**
 * One leader of the {@link SimulatedMeta}: the production procedures, and what it has heard of the nodes.
 * After it was deposed it goes on for a moment with the state as it was then, and nothing that it proposes is
 * written.
 */
final class MetaLeader implements MetadataTablet {

    /** Of a cluster that decides everything within tenths of a second. */
    private static final ProcedureSettings QUICK =
            new ProcedureSettings(30, 60, 200, 600, 1_000, 200, 50, 8, 5, 4, 0.5);

    /**
     * Of one with leases of half a second and more: what is directed happens, and nothing else. Masters with
     * wrong clocks are left where they are.
     */
    private static ProcedureSettings steady(long leaseMillis) {
        return new ProcedureSettings(
                100, 200, 2_000, 5_000 + leaseMillis, 1L << 40, 300_000, 30_000, 8, 1_000, 4, 0.5);
    }

    /** Of one that moves, and splits or merges, small things. */
    private static ProcedureSettings unasked(World.Unasked what) {
        boolean byLoad = what == World.Unasked.SPREAD_LOAD;
        long bytes = what == World.Unasked.SPREAD_BYTES ? 60 : 1L << 40;
        return new ProcedureSettings(
                30,
                60,
                200,
                600,
                1_000,
                200,
                50,
                8,
                5,
                4,
                0.5,
                new BalanceSettings(true, 2, 100, 2_000, 0.2, 30, 5),
                new SplitSettings(true, bytes, byLoad ? 10 : 0, 2, 500),
                new MergeSettings(what == World.Unasked.GATHER, 0.5, 0, 100, 1));
    }

    private static ProcedureSettings settings(LocalGroup group) {
        long leaseMillis = group.replication().leaseMillis();
        return group.world.unasked != World.Unasked.NOTHING
                ? unasked(group.world.unasked)
                : leaseMillis <= 100 ? QUICK : steady(leaseMillis);
    }

    static {
        ((ch.qos.logback.classic.Logger) LoggerFactory.getLogger("io.ebla.metaserver"))
                .setLevel(Level.OFF);
    }

    private final SimulatedMeta meta;
    private final Liveness liveness;
    private final LeaderProcedures procedures;
    private boolean leads = true;
    private ClusterState last;

    MetaLeader(SimulatedMeta meta) {
        this.meta = meta;
        LocalGroup group = meta.group();
        Clock clock =
                new Clock() {
                    @Override
                    public long wallMillis() {
                        return meta.wallMillis();
                    }

                    @Override
                    public long monotonicNanos() {
                        return group.nowNanos();
                    }
                };
        boolean quick = group.replication().leaseMillis() <= 100;
        liveness = quick ? new Liveness(clock, 60, 120) : new Liveness(clock, 200, 400);
        procedures =
                new LeaderProcedures(
                        new LeaderProcedures.Parts(
                                this,
                                liveness,
                                new SimulatedCalls(meta),
                                clock,
                                task -> group.after(0, task),
                                meta::name),
                        settings(group));
    }

    Liveness liveness() {
        return liveness;
    }

    void turn() {
        procedures.turn();
    }

    /** Another will lead, and this one does not know. */
    void deposed(ClusterState state) {
        last = state;
    }

    /** It hears that it was deposed. */
    void hears() {
        leads = false;
        procedures.turn();
    }

    /** A probe found that nothing listens there; it may be wrong. */
    void suspect(GroupNode node) {
        NodeDescriptor known = meta.state().nodes().get(node.id);
        if (known != null) {
            liveness.gone(known);
        }
    }

    @Override
    public ClusterState state() {
        if (!leads) {
            throw new EblaException(ErrorCode.META_UNAVAILABLE, "no leader");
        }
        return meta.tampering().seen(last == null ? meta.state() : last);
    }

    @Override
    public Optional<ClusterState> appliedState() {
        return Optional.of(meta.state());
    }

    @Override
    public CompletableFuture<Verdict> submit(ClusterCommand command) {
        return meta.submit(this, command);
    }

    @Override
    public void onChange(BiConsumer<ClusterState, ClusterState> listener) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean leads() {
        return leads;
    }

    @Override
    public void onLeader(Runnable listener) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Membership membership() {
        return new Membership("m1", leads ? "m1" : "", List.of("m1"), Map.of());
    }
}
