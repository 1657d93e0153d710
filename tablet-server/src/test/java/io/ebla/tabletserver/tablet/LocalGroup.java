package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.oplog.OplogObserver;
import io.ebla.tabletserver.oplog.OplogSettings;
import io.ebla.tabletserver.oplog.SegmentOplog;
import io.ebla.tabletserver.oplog.SimulatedDisk;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaNetwork;
import io.ebla.tabletserver.store.CrashableTabletStores;
import io.ebla.tabletserver.store.TabletStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A tablet group in one thread: the production tablet, journal and beats of each node, on virtual clocks, a
 * network that loses, repeats, delays and reorders, and disks that lose what was not synced. Everything
 * that happens is an event at a virtual time; one seed is one life.
 *
 * <p>There is no meta-server: {@link #elect} fences and names a winner as one would, and a test may do
 * otherwise. {@link #descriptor} is the map; {@link #publish} tells it to the nodes that are up.
 */
public final class LocalGroup {

    static final TabletId TABLET = new TabletId(7);
    private static final TableName TABLE = new TableName("t");
    private static final long MILLI = 1_000_000L;
    private static final long TICK = 10 * MILLI;
    private static final Logger QUIET = Logger.getLogger("io.ebla.tabletserver");

    /** Numbers of the world around the tablets; a test sets what it wants to be otherwise. */
    public static final class World {
        /** Of messages, in microseconds. */
        public long delayMinMicros = 50;

        public long delayMaxMicros = 500;

        /** Of 1000 messages that many are lost, and that many come twice. */
        public int lossPerMille = 0;

        public int repeatPerMille = 0;

        /** Of a sync, in microseconds. */
        public long syncMinMicros = 100;

        public long syncMaxMicros = 800;

        /** Pause between tasks of one node, at most, in microseconds. */
        public long taskMaxMicros = 20;
    }

    /** One thing that will happen. */
    private record Event(long atNanos, long order, Runnable task) {}

    private final Random random;
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(
                    Comparator.comparingLong(Event::atNanos).thenComparingLong(Event::order));
    private final List<Node> nodes = new ArrayList<>();
    private final Map<NodeId, Node> byId = new HashMap<>();
    private final Set<String> cuts = new HashSet<>();
    private final TabletSettings settings;
    private final ReplicationSettings replication;
    private long nowNanos = 1_000_000_000L;
    private long order;
    private TabletDescriptor descriptor;

    /** May be changed at any time. */
    public final World world = new World();

    private final Tampering tampering;

    public LocalGroup(long seed, int replicas) {
        this(seed, replicas, TabletSettings.DEFAULTS, ReplicationSettings.DEFAULTS);
    }

    public LocalGroup(
            long seed, int replicas, TabletSettings settings, ReplicationSettings replication) {
        this(seed, replicas, settings, replication, Tampering.NONE);
    }

    LocalGroup(
            long seed,
            int replicas,
            TabletSettings settings,
            ReplicationSettings replication,
            Tampering tampering) {
        this.tampering = tampering;
        QUIET.setLevel(Level.OFF);
        this.random = new Random(seed);
        this.settings = settings;
        this.replication = replication;
        List<ReplicaDescriptor> members = new ArrayList<>();
        for (int i = 1; i <= replicas; i++) {
            Node node = new Node("t" + i);
            members.add(new ReplicaDescriptor(node.id, node.replica, true, false));
        }
        descriptor = new TabletDescriptor(TABLET, TABLE, "", "", members, 0, null);
        nodes.forEach(Node::start);
        publish();
    }

    // ---------------------------------------------------------------- time

    public long nowNanos() {
        return nowNanos;
    }

    /** A deadline as a request on this node carries it. */
    public long deadline(Node node, long millis) {
        return node.clock.monotonicNanos() + millis * MILLI;
    }

    /** Has something happen after a while. */
    public void after(long nanos, Runnable task) {
        events.add(new Event(nowNanos + Math.max(0, nanos), order++, task));
    }

    /** The next event; false when there is none, which never happens while a node is up. */
    public boolean step() {
        Event next = events.poll();
        if (next == null) {
            return false;
        }
        nowNanos = Math.max(nowNanos, next.atNanos());
        next.task().run();
        return true;
    }

    /** Lets virtual time pass. */
    public void run(long millis) {
        long until = nowNanos + millis * MILLI;
        while (!events.isEmpty() && events.peek().atNanos() <= until) {
            step();
        }
        nowNanos = until;
    }

    /** Lets time pass until something holds; false when it does not within so many ms. */
    public boolean runUntil(BooleanSupplier holds, long mostMillis) {
        long until = nowNanos + mostMillis * MILLI;
        while (!holds.getAsBoolean()) {
            if (events.isEmpty() || events.peek().atNanos() > until) {
                nowNanos = until;
                return holds.getAsBoolean();
            }
            step();
        }
        return true;
    }

    private long micros(long least, long most) {
        return (least + (most > least ? random.nextLong(most - least + 1) : 0)) * 1_000L;
    }

    // ---------------------------------------------------------------- the map

    public TabletDescriptor descriptor() {
        return descriptor;
    }

    /** Another map; the nodes know it once it is {@link #publish published}. */
    public void descriptor(TabletDescriptor changed) {
        descriptor = changed;
    }

    /** Tells the map to every node that is up. */
    public void publish() {
        nodes.forEach(this::publish);
    }

    /** Tells the map to one node, if it is up. */
    public void publish(Node node) {
        if (node.up) {
            descriptor
                    .replicaOn(node.id)
                    .filter(named -> named.id().equals(node.replica))
                    .ifPresent(
                            named ->
                                    node.tablet
                                            .pipeline()
                                            .assign(
                                                    tampering.assignment(
                                                            node, assignment(node, named))));
        }
    }

    private Assignment assignment(Node node, ReplicaDescriptor named) {
        Mastership master = descriptor.master();
        return new Assignment(
                named.opened(),
                named.learner(),
                ReplicaSet.of(descriptor, named),
                descriptor.epoch(),
                master == null ? null : master.node(),
                master != null
                        && master.node().equals(node.id)
                        && master.incarnation().equals(node.incarnation));
    }

    /** A node that holds an empty replica the map does not name yet. */
    public Node add() {
        Node node = new Node("t" + (nodes.size() + 1));
        node.start();
        return node;
    }

    // ---------------------------------------------------------------- elections

    /**
     * Elects as meta would: a new epoch, fences at all members that are up and reachable, a majority of
     * answers, the longest log.
     *
     * @param reachable nodes that meta reaches
     * @return the winner, or null when no majority answered within 3 s
     */
    public Node elect(Node... reachable) {
        long epoch = descriptor.epoch() + 1;
        descriptor = withEpoch(epoch, null);
        Map<Node, NodeApi.FenceAnswer> answers = new HashMap<>();
        for (Node node : reachable) {
            if (node.up) {
                node.tablet
                        .pipeline()
                        .fence(epoch)
                        .thenAccept(
                                answer -> {
                                    if (answer.result() == NodeApi.FenceResult.FENCED) {
                                        answers.put(node, answer);
                                    }
                                });
            }
        }
        int majority = descriptor.members().size() / 2 + 1;
        if (!runUntil(() -> answers.size() >= majority, 3_000)) {
            return null;
        }
        Node winner =
                answers.entrySet().stream()
                        .max(
                                Comparator.comparingLong(
                                                (Map.Entry<Node, NodeApi.FenceAnswer> each) ->
                                                        each.getValue().lastEpoch())
                                        .thenComparingLong(each -> each.getValue().lastIndex())
                                        .thenComparing(each -> each.getKey().id))
                        .orElseThrow()
                        .getKey();
        name(winner, epoch);
        return winner;
    }

    /** Elects among all that are up, and waits until the winner serves. */
    public Node serve() {
        Node winner = elect(nodes.toArray(Node[]::new));
        if (winner == null
                || !runUntil(
                        () -> winner.tablet.state() == TabletState.SERVING && winner.leaseHolds(),
                        3_000)) {
            throw new AssertionError("nobody serves");
        }
        return winner;
    }

    /** Records a master of an epoch and tells everybody. */
    public void name(Node winner, long epoch) {
        descriptor = withEpoch(epoch, new Mastership(epoch, winner.id, winner.incarnation));
        publish();
    }

    private TabletDescriptor withEpoch(long epoch, Mastership master) {
        return new TabletDescriptor(
                TABLET,
                TABLE,
                "",
                "",
                descriptor.replicas(),
                descriptor.previousReplicas(),
                epoch,
                master);
    }

    // ---------------------------------------------------------------- the network

    public Node node(int number) {
        return nodes.get(number - 1);
    }

    public List<Node> nodes() {
        return nodes;
    }

    /** Nothing gets from one node to another any more. */
    public void cut(Node from, Node to) {
        cuts.add(from.id + ">" + to.id);
    }

    public void cutBoth(Node one, Node other) {
        cut(one, other);
        cut(other, one);
    }

    /** Cuts a node off from all others. */
    public void isolate(Node node) {
        for (Node other : nodes) {
            if (other != node) {
                cutBoth(node, other);
            }
        }
    }

    public void heal() {
        cuts.clear();
    }

    private void deliver(Node from, NodeId to, java.util.function.Consumer<Node> message) {
        Node target = byId.get(to);
        if (target == null || random.nextInt(1_000) < world.lossPerMille) {
            return;
        }
        int times = random.nextInt(1_000) < world.repeatPerMille ? 2 : 1;
        for (int i = 0; i < times; i++) {
            after(
                    micros(world.delayMinMicros, world.delayMaxMicros),
                    () -> {
                        if (target.up && !cuts.contains(from.id + ">" + target.id)) {
                            message.accept(target);
                        }
                    });
        }
    }

    // ---------------------------------------------------------------- nodes

    /** One process after another on one disk. */
    public final class Node {
        public final NodeId id;
        public final NodeClock clock = new NodeClock();
        public final SimulatedDisk disk;
        final ReplicaId replica;
        private final CrashableTabletStores stores = new CrashableTabletStores();
        private int runs;
        private Incarnation incarnation;
        private SegmentOplog oplog;
        private TabletStore store;
        private NodeBeats beats;
        private Tablet tablet;
        private boolean up;
        private boolean syncing;

        /** How often a master told it to fetch a snapshot; nothing is fetched here. */
        public int rebuildsWanted;

        /** Whether syncs hang until this is false again. */
        public boolean syncsHeld;

        private Node(String name) {
            id = new NodeId(name);
            replica = new ReplicaId("r-" + name);
            disk = new SimulatedDisk(random.nextLong(), 64L << 20);
            nodes.add(this);
            byId.put(id, this);
        }

        public boolean isUp() {
            return up;
        }

        public Tablet tablet() {
            return tablet;
        }

        public TabletStore store() {
            return store;
        }

        public Oplog oplog() {
            return oplog;
        }

        public Incarnation incarnation() {
            return incarnation;
        }

        public ReplicaId replica() {
            return replica;
        }

        TabletState state() {
            return tablet.state();
        }

        boolean leaseHolds() {
            return tablet.parts().lease().holds(clock.monotonicNanos(), clock.wallMillis());
        }

        /** A new process on what the disk holds; the map it gets is the caller's to tell. */
        public void start() {
            runs++;
            incarnation = new Incarnation(id.value() + "-" + runs);
            up = true;
            syncing = false;
            syncsHeld = false;
            try {
                oplog =
                        SegmentOplog.openWithoutThreads(
                                disk,
                                OplogSettings.defaults()
                                        .withSegmentBytes(256 << 10)
                                        .withFreeSpace(0, 10),
                                clock,
                                OplogObserver.NONE,
                                () -> {});
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
            store = tampering.store(this, stores.open(TABLET));
            Executor executor = whileThisRunLives();
            Links links = new Links(this);
            beats =
                    new NodeBeats(
                            clock,
                            replication,
                            links,
                            any -> any.equals(TABLET) ? tablet : null,
                            this::tablets);
            tablet =
                    new TabletFactory(
                                    id,
                                    clock,
                                    settings,
                                    tampering.replication(this, replication),
                                    executor,
                                    executor,
                                    links,
                                    TabletObserver.NONE)
                            .open(TABLET, KeyRange.ALL, tampering.oplog(this, oplog), store);
            int run = runs;
            every(TICK, run, this::tick);
            every(replication.beatMillis() * MILLI, run, beats::beat);
        }

        private Collection<Tablet> tablets() {
            return List.of(tablet);
        }

        private void tick() {
            if (!syncsHeld) {
                oplog.step();
            }
            if (tablet.pipeline().waiting() || tablet.pipeline().expiryDue(tablet.nowMillis())) {
                tablet.pipeline().tick();
            }
        }

        private void every(long nanos, int run, Runnable task) {
            after(
                    random.nextLong(nanos) + 1,
                    new Runnable() {
                        @Override
                        public void run() {
                            if (up && runs == run) {
                                task.run();
                                after(nanos, this);
                            }
                        }
                    });
        }

        /** Runs tasks as events of their own, as long as this process lives. */
        Executor whileThisRunLives() {
            int run = runs;
            return task ->
                    after(
                            micros(0, world.taskMaxMicros),
                            () -> {
                                if (up && runs == run) {
                                    task.run();
                                    syncSoon(run);
                                }
                            });
        }

        /** The journal's own turn: what was queued is written and synced a while later. */
        private void syncSoon(int run) {
            if (syncing) {
                return;
            }
            syncing = true;
            after(
                    micros(world.syncMinMicros, world.syncMaxMicros),
                    () -> {
                        syncing = false;
                        if (up && runs == run) {
                            if (syncsHeld) {
                                syncSoon(run);
                            } else if (oplog.step()) {
                                syncSoon(run);
                            }
                        }
                    });
        }

        /** The process dies; what it wrote and did not sync may be lost with the power. */
        public void crash() {
            up = false;
            disk.crash();
            stores.crash();
        }

        /** The process dies and the machine does not: what it wrote is there. */
        public void kill() {
            up = false;
            disk.kill();
            stores.crash();
        }

        /** Begins a new run, and tells it the map. */
        public void restart() {
            start();
            publish(this);
        }

        /** Flushes the store and tells the journal. */
        public void flush() {
            store.flush();
            oplog.release(TABLET, store.flushed().index());
        }

        // ------------------------------------------------------------ requests

        Answers<WriteResult> write(WriteRequest request) {
            Answers<WriteResult> answer = new Answers<>();
            tablet.write(request, whileThisRunLives(), answer);
            return answer;
        }

        Answers<WriteResult> put(String pk, String value) {
            return put(pk, value, WriteRequest.QUORUM);
        }

        Answers<WriteResult> put(String pk, String value, int copies) {
            return write(request(copies, SimulatedTablet.put(pk, value)));
        }

        WriteRequest request(int copies, RowOperation... operations) {
            return new WriteRequest(
                    Arrays.asList(operations), copies, deadline(this, 2_000), "", null, null);
        }

        Answers<ReadResult> get(String pk) {
            return get(pk, ReadLevel.STRONG, null);
        }

        Answers<ReadResult> get(String pk, ReadLevel level, Position atLeast) {
            Answers<ReadResult> answer = new Answers<>();
            tablet.get(
                    RowKey.of(pk),
                    level,
                    atLeast,
                    deadline(this, 2_000),
                    whileThisRunLives(),
                    answer);
            return answer;
        }

        @Override
        public String toString() {
            return id.value();
        }
    }

    /** Waits for an answer. */
    <T> Answers<T> await(Answers<T> answer) {
        if (!runUntil(answer::given, 10_000)) {
            throw new AssertionError("no answer within 10 s");
        }
        return answer;
    }

    Optional<String> value(Answers<ReadResult> read) {
        return await(read).result().row().map(SimulatedTablet::text);
    }

    /** What a node's store holds. */
    static List<Row> rows(Node node) {
        List<Row> held = new ArrayList<>();
        try (TabletStore.RowCursor cursor = node.store.scan(KeyRange.ALL, false, true)) {
            for (Row row = cursor.next(); row != null; row = cursor.next()) {
                held.add(row);
            }
        }
        return held;
    }

    /** What leaves one node. */
    private final class Links implements ReplicaNetwork, LocalEnv.Group {
        private final Node from;
        private final int run;

        private Links(Node from) {
            this.from = from;
            this.run = from.runs;
        }

        @Override
        public void send(NodeId to, ReplicaMessage message) {
            deliver(
                    from,
                    to,
                    target ->
                            target.tablet
                                    .pipeline()
                                    .receive(from.id, tampering.message(target, message)));
        }

        @Override
        public void send(NodeId to, NodeBeat beat) {
            deliver(from, to, target -> target.beats.receive(from.id, beat));
        }

        @Override
        public void send(NodeId to, NodeBeat.Reply reply) {
            deliver(
                    from,
                    to,
                    target -> target.beats.receive(from.id, tampering.reply(from, reply)));
        }

        @Override
        public void rebuild(TabletId tablet, NodeId source) {
            from.rebuildsWanted++;
            from.tablet.pipeline().notReplaced();
        }

        @Override
        public void beatSoon() {
            after(
                    1_000,
                    () -> {
                        if (from.up && from.runs == run) {
                            from.beats.beat();
                        }
                    });
        }
    }

    /** A node's clock: its wall may step, and both may run fast or slow. */
    public final class NodeClock implements Clock {
        private long driftPerMillion;
        private long wallOffsetMillis;
        private long sinceNanos = nowNanos;
        private long atNanos = 1_000_000_000L;

        /** From now on it runs so much faster than it should. */
        public void drift(long perMillion) {
            atNanos = monotonicNanos();
            sinceNanos = nowNanos;
            driftPerMillion = perMillion;
        }

        public void stepWall(long millis) {
            wallOffsetMillis += millis;
        }

        @Override
        public long wallMillis() {
            return 1_700_000_000_000L + monotonicNanos() / MILLI + wallOffsetMillis;
        }

        @Override
        public long monotonicNanos() {
            long passed = nowNanos - sinceNanos;
            return atNanos + passed + passed / 1_000_000 * driftPerMillion;
        }
    }

    /** Majority of the present members. */
    int majority() {
        return descriptor.members().size() / 2 + 1;
    }

    /** Any supplier's answer, as soon as it comes. */
    <T> T await(Supplier<CompletableFuture<T>> call) {
        CompletableFuture<T> answer = call.get();
        if (!runUntil(answer::isDone, 10_000)) {
            throw new AssertionError("no answer within 10 s");
        }
        return answer.join();
    }
}
