package io.ebla.metaserver.procedure;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.MetaApi.ReplicaCondition;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeApi.FenceAnswer;
import io.ebla.core.cluster.NodeApi.FenceResult;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.cluster.ToldStatuses;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A tablet server reduced to what elections are about: replicas with promised epochs and logs, of which
 * only the epoch of each entry is kept. It obeys the map it last saw, which may be old.
 */
final class FakeNode {

    /** One replica: durable, as all of it is. */
    static final class Replica {
        final ReplicaId id;
        long promised;
        List<Long> log = new ArrayList<>();

        Replica(ReplicaId id) {
            this.id = id;
        }

        long lastEpoch() {
            return log.isEmpty() ? 0 : log.get(log.size() - 1);
        }
    }

    private final SimulatedCluster cluster;
    final NodeId id;
    final Map<TabletId, Replica> replicas = new HashMap<>();
    final Map<TabletId, Long> started = new HashMap<>();
    final Map<TabletId, ReplicaCondition> conditions = new HashMap<>();

    /** The epochs whose mastership it has given up; a later one of the same tablet is another. */
    final Map<TabletId, Long> handedOver = new HashMap<>();

    private final Map<TabletId, Asked> asked = new HashMap<>();

    /** The epochs that it was master of and has given up, and tells. */
    final Map<TabletId, Long> givenUp = new HashMap<>();

    private ToldStatuses told = new ToldStatuses();

    ClusterState known;
    boolean up = true;
    int store;
    int run = 1;
    long clockOffsetMillis;
    long runsSinceMillis;

    /** How much longer than usual its answers to the leader's calls take. */
    long slowMillis;

    /** What it says that its replicas hold. */
    final Map<TabletId, Long> bytes = new HashMap<>();

    /** Of what it only guesses at that. */
    final Set<TabletId> guesses = new HashSet<>();

    /** Its followers take nothing from it, as they do when it stamps with a time far ahead. */
    boolean refused;

    FakeNode(SimulatedCluster cluster, String id) {
        this.cluster = cluster;
        this.id = NodeId.of(id);
    }

    NodeDescriptor descriptor() {
        return new NodeDescriptor(
                id,
                StoreId.of(id + "-store-" + store),
                Incarnation.of(id + "-run-" + run),
                "127.0.0.1:1",
                "",
                "");
    }

    // ---------------------------------------------------------------- life

    void kill() {
        up = false;
    }

    void restart(boolean wiped) {
        up = true;
        run++;
        told = new ToldStatuses();
        runsSinceMillis = cluster.time.millis();
        started.clear();
        handedOver.clear();
        givenUp.clear();
        conditions.clear();
        if (wiped) {
            store++;
            replicas.clear();
        }
        register();
    }

    /** With the data directory that it had before the last one, and what was in that. */
    void restartWithFormer(Map<TabletId, Replica> former) {
        store--;
        replicas.clear();
        replicas.putAll(former);
        restart(false);
    }

    void register() {
        if (up && cluster.reachesMeta(this)) {
            List<Holding> holdings = new ArrayList<>();
            replicas.forEach((tablet, replica) -> holdings.add(new Holding(tablet, replica.id)));
            cluster.registered(descriptor(), holdings);
            learn(cluster.state());
        }
    }

    void beat() {
        if (!up || !cluster.reachesMeta(this)) {
            return;
        }
        NodeDescriptor registered = cluster.state().nodes().get(id);
        if (registered == null || !registered.equals(descriptor())) {
            register();
            return;
        }
        List<MetaApi.TabletStatus> statuses = new ArrayList<>();
        replicas.forEach((tablet, replica) -> statuses.add(status(tablet, replica)));
        report(statuses);
    }

    /** Every third answer is lost. */
    private void report(List<MetaApi.TabletStatus> statuses) {
        MetaApi.Heartbeat report =
                told.next(
                        descriptor().incarnation(),
                        cluster.time.wallMillis() + clockOffsetMillis,
                        statuses);
        if (!cluster.heard(this, report)) {
            told.tellAll();
            report(statuses);
        } else if (report.number() % 3 != 0) {
            told.taken(report.number());
        }
    }

    private MetaApi.TabletStatus status(TabletId tablet, Replica replica) {
        boolean serving = serves(tablet);
        List<MetaApi.Follower> followers = new ArrayList<>();
        if (serving) {
            for (ReplicaDescriptor each : known.tablets().get(tablet).replicas()) {
                Replica other = cluster.node(each.node()).replicas.get(tablet);
                if (!each.node().equals(id) && other != null && other.id.equals(each.id())) {
                    followers.add(
                            new MetaApi.Follower(
                                    each.node(),
                                    other.log.size(),
                                    replica.log.size() - other.log.size(),
                                    0,
                                    0));
                }
            }
        }
        long startedNow = started.getOrDefault(tablet, 0L);
        long ended = givenUp.getOrDefault(tablet, 0L);
        return new MetaApi.TabletStatus(
                tablet,
                replica.id,
                replica.lastEpoch(),
                serving,
                startedNow == ended ? 0 : startedNow,
                ended,
                conditions.getOrDefault(tablet, ReplicaCondition.HEALTHY),
                replica.log.size(),
                replica.log.size(),
                replica.log.size(),
                0,
                bytes.getOrDefault(tablet, 0L),
                followers,
                null,
                operations(tablet, replica),
                !guesses.contains(tablet));
    }

    /** What it is asked for, beside what stands in logs. */
    private record Asked(long perSecond, long sinceMillis) {}

    /** From now on it is asked for that many operations a second. */
    void ask(TabletId tablet, long perSecond) {
        asked.put(tablet, new Asked(perSecond, cluster.time.wallMillis()));
    }

    private long operations(TabletId tablet, Replica replica) {
        Asked load = asked.getOrDefault(tablet, new Asked(0, 0));
        long millis = cluster.time.wallMillis() - load.sinceMillis();
        return replica.log.size() + load.perSecond() * millis / 1_000;
    }

    /** Ends its mastership by itself, as one does whose clock is off, and tells with its next heartbeat. */
    void giveUp(TabletId tablet) {
        handedOver.put(tablet, started.get(tablet));
        givenUp.put(tablet, started.get(tablet));
    }

    boolean serves(TabletId tablet) {
        Mastership mine = mastership(tablet);
        return mine != null
                && started.getOrDefault(tablet, 0L) == mine.epoch()
                && replicas.get(tablet).promised == mine.epoch()
                && !gaveUp(tablet, mine);
    }

    private boolean gaveUp(TabletId tablet, Mastership mine) {
        return handedOver.getOrDefault(tablet, 0L) == mine.epoch();
    }

    private Mastership mastership(TabletId tablet) {
        TabletDescriptor named = known == null ? null : known.tablets().get(tablet);
        Replica replica = replicas.get(tablet);
        boolean mine =
                up
                        && named != null
                        && named.master() != null
                        && named.master().node().equals(id)
                        && named.master().incarnation().equals(descriptor().incarnation())
                        && replica != null
                        && replica.promised <= named.epoch();
        return mine ? named.master() : null;
    }

    // ---------------------------------------------------------------- the map

    /** Takes in a map: makes, removes and reports replicas. */
    void learn(ClusterState newer) {
        if (!up || known != null && newer.version() < known.version()) {
            return;
        }
        known = newer;
        List<ReplicaId> gone = new ArrayList<>();
        newer.retired()
                .values()
                .forEach(
                        retired -> {
                            if (retired.node().equals(id)) {
                                drop(retired.tablet(), retired.replica());
                                gone.add(retired.replica());
                            }
                        });
        if (!gone.isEmpty()) {
            cluster.tell(new ClusterCommand.TabletsDropped(id, List.of(), gone, 1));
        }
        learnDropped(newer);
        List<Holding> opened = new ArrayList<>();
        for (TabletDescriptor tablet : newer.tablets().values()) {
            tablet.replicaToHold(id)
                    .filter(named -> !named.opened() && !named.lost())
                    .ifPresent(
                            named -> {
                                replicas.computeIfAbsent(
                                        tablet.id(), fresh -> new Replica(named.id()));
                                if (replicas.get(tablet.id()).id.equals(named.id())) {
                                    opened.add(new Holding(tablet.id(), named.id()));
                                }
                            });
        }
        if (!opened.isEmpty()) {
            cluster.tell(
                    new ClusterCommand.ReplicasOpened(id, descriptor().incarnation(), opened, 1));
        }
    }

    private void learnDropped(ClusterState newer) {
        List<TabletId> dropped =
                newer.dropped().keySet().stream()
                        .filter(tablet -> newer.dropped().get(tablet).contains(id))
                        .toList();
        replicas.keySet().removeAll(dropped);
        if (!dropped.isEmpty()) {
            cluster.tell(new ClusterCommand.TabletsDropped(id, dropped, List.of(), 1));
        }
    }

    private void drop(TabletId tablet, ReplicaId replica) {
        if (replicas.containsKey(tablet) && replicas.get(tablet).id.equals(replica)) {
            replicas.remove(tablet);
            conditions.remove(tablet);
            started.remove(tablet);
        }
    }

    // ---------------------------------------------------------------- writes

    /** As master: begins its epoch, then writes; each entry goes to whoever takes it. */
    void write() {
        for (TabletId tablet : List.copyOf(replicas.keySet())) {
            Mastership mine = mastership(tablet);
            if (mine != null && !gaveUp(tablet, mine)) {
                write(known.tablets().get(tablet), mine.epoch());
            }
        }
    }

    private void write(TabletDescriptor tablet, long epoch) {
        Replica own = replicas.get(tablet.id());
        own.promised = epoch;
        own.log.add(epoch);
        Set<ReplicaId> holders = new HashSet<>();
        holders.add(own.id);
        Set<ReplicaDescriptor> all = new HashSet<>(tablet.replicas());
        all.addAll(tablet.previousReplicas());
        for (ReplicaDescriptor each : all) {
            FakeNode other = cluster.node(each.node());
            boolean reached = other != this && !refused && cluster.connected(this, other);
            if (reached && other.take(tablet, each, own)) {
                holders.add(each.id());
            }
        }
        boolean committed =
                tablet.electorates().stream()
                        .allMatch(
                                set ->
                                        set.stream()
                                                        .filter(each -> holders.contains(each.id()))
                                                        .count()
                                                >= TabletDescriptor.quorumOf(set.size()));
        if (committed) {
            cluster.committed(tablet.id(), epoch, own.log);
            started.put(tablet.id(), epoch);
        }
    }

    private boolean take(TabletDescriptor tablet, ReplicaDescriptor named, Replica master) {
        Replica own = replicas.get(tablet.id());
        boolean takes =
                up
                        && own != null
                        && own.id.equals(named.id())
                        && own.promised <= master.promised
                        && openedHere(tablet.id());
        if (takes) {
            own.promised = master.promised;
            own.log = new ArrayList<>(master.log);
        }
        return takes;
    }

    /** E10: a replica that the map does not call opened acknowledges and promises nothing. */
    private boolean openedHere(TabletId tablet) {
        TabletDescriptor named = known == null ? null : known.tablets().get(tablet);
        return named != null
                && named.replicaToHold(id)
                        .filter(each -> each.opened() && each.id().equals(replicas.get(tablet).id))
                        .isPresent();
    }

    // ---------------------------------------------------------------- calls of meta

    NodeApi.Fenced fence(NodeApi.Fence fence) {
        List<FenceAnswer> answers = new ArrayList<>();
        for (NodeApi.TabletEpoch asked : fence.tablets()) {
            answers.add(answer(asked));
        }
        return new NodeApi.Fenced(descriptor().store(), descriptor().incarnation(), answers);
    }

    private FenceAnswer answer(NodeApi.TabletEpoch asked) {
        Replica own = replicas.get(asked.tablet());
        if (own == null || !openedHere(asked.tablet())) {
            return new FenceAnswer(asked.tablet(), FenceResult.ABSENT, null, 0, 0, 0, 0, 0);
        }
        boolean fresh = run > 1 && cluster.time.millis() - runsSinceMillis < 500;
        FenceResult result =
                fresh
                        ? FenceResult.NOT_NOW
                        : own.promised > asked.epoch() ? FenceResult.REFUSED : FenceResult.FENCED;
        if (result == FenceResult.FENCED) {
            own.promised = asked.epoch();
        }
        return new FenceAnswer(
                asked.tablet(),
                result,
                own.id,
                own.promised,
                own.lastEpoch(),
                own.log.size(),
                0,
                0);
    }

    NodeApi.HandedOver handOver(NodeApi.HandOver request) {
        Mastership mine = mastership(request.tablet());
        if (mine == null || mine.epoch() != request.epoch()) {
            return new NodeApi.HandedOver(false, "not the master of that epoch");
        }
        FakeNode target = cluster.node(request.target());
        Replica theirs = target.replicas.get(request.tablet());
        Replica own = replicas.get(request.tablet());
        boolean reached =
                cluster.connected(this, target)
                        && !cluster.behind.contains(target.id)
                        && theirs != null
                        && theirs.log.equals(own.log)
                        && own.promised == mine.epoch();
        if (reached) {
            handedOver.put(request.tablet(), mine.epoch());
            assertThat(theirs.log).isEqualTo(own.log);
        }
        return new NodeApi.HandedOver(reached, reached ? "" : "the target is behind");
    }
}
