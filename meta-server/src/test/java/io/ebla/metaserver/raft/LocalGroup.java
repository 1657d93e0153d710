package io.ebla.metaserver.raft;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.port.FreePorts;
import io.ebla.core.time.SystemClock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MetaChange;
import io.ebla.metaserver.cluster.MetaGroupCommand;
import io.ebla.metaserver.cluster.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Members of one metadata group in this JVM, over real sockets and directories. */
final class LocalGroup implements AutoCloseable {

    static final int SNAPSHOT_AFTER = 50;

    private static final int ELECTION_MILLIS = 300;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Path directory;
    private final RaftTls tls;
    private final Map<String, String> addresses = new LinkedHashMap<>();
    private final Map<String, RaftMetadataTablet> members = new TreeMap<>();
    private final Map<String, ScheduledExecutorService> threads = new TreeMap<>();

    LocalGroup(Path directory, String... founders) {
        this(directory, RaftTls.NONE, founders);
    }

    LocalGroup(Path directory, RaftTls tls, String... founders) {
        this.directory = directory;
        this.tls = tls;
        for (String founder : founders) {
            addresses.put(founder, "127.0.0.1:" + FreePorts.next());
        }
    }

    String address(String member) {
        return addresses.computeIfAbsent(member, name -> "127.0.0.1:" + FreePorts.next());
    }

    Path directory(String member) {
        return directory.resolve(member);
    }

    RaftMetadataTablet start(String member) throws IOException {
        return start(member, directory(member), true);
    }

    RaftMetadataTablet start(String member, Path place, boolean mayFormat) throws IOException {
        String address = address(member);
        List<RaftSettings.Peer> peers = new ArrayList<>();
        addresses.forEach((name, at) -> peers.add(new RaftSettings.Peer(name, at)));
        ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
        RaftMetadataTablet tablet =
                new RaftMetadataTablet(
                        new RaftSettings(
                                member,
                                place,
                                "127.0.0.1",
                                Integer.parseInt(address.substring(address.indexOf(':') + 1)),
                                peers,
                                mayFormat,
                                ELECTION_MILLIS,
                                SNAPSHOT_AFTER),
                        tls,
                        new SystemClock(),
                        thread);
        tablet.start();
        members.put(member, tablet);
        threads.put(member, thread);
        return tablet;
    }

    void startAll() throws IOException {
        for (String member : List.copyOf(addresses.keySet())) {
            start(member);
        }
        members.values().forEach(LocalGroup::awaitPart);
    }

    /** Waits until it leads or follows: on a busy machine nobody leads for a moment, again and again. */
    static void awaitPart(RaftMetadataTablet member) {
        eventually("takes part", () -> member.takesPart() ? Optional.of(member) : none());
    }

    RaftMetadataTablet member(String name) {
        return members.get(name);
    }

    Map<String, RaftMetadataTablet> running() {
        return members;
    }

    /** Ends a member without handing anything over; its sockets close as those of a killed process. */
    void stop(String member) throws IOException {
        threads.remove(member).shutdownNow();
        members.remove(member).close();
    }

    /** The one that leads and is ready to. */
    RaftMetadataTablet leader() {
        return eventually(
                "a leader",
                () -> members.values().stream().filter(RaftMetadataTablet::leads).findFirst());
    }

    /** The state as one knows it that leads and goes on leading for as long as the question takes. */
    ClusterState state() {
        return eventually(
                "the state of a leader",
                () -> members.values().stream().flatMap(LocalGroup::led).findFirst());
    }

    private static Stream<ClusterState> led(RaftMetadataTablet member) {
        try {
            return member.leads() ? Stream.of(member.state()) : Stream.empty();
        } catch (EblaException deposed) {
            return Stream.empty();
        }
    }

    /** Registers a node as {@link #proposeUntilAccepted(ClusterCommand)} does. */
    long proposeUntilAccepted(int number) {
        return proposeUntilAccepted(registration(number));
    }

    /**
     * Proposes to whoever leads until it is accepted, as a busy machine may change the leader at any time;
     * the time that took, in ms.
     */
    long proposeUntilAccepted(ClusterCommand command) {
        long begun = System.nanoTime();
        eventually(
                "a proposal is accepted",
                () ->
                        members.values().stream()
                                .filter(member -> accepted(member, command))
                                .findFirst());
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    }

    private static boolean accepted(RaftMetadataTablet member, ClusterCommand command) {
        if (!member.leads()) {
            return false;
        }
        try {
            return !(member.submit(command).get(30, TimeUnit.SECONDS) instanceof Verdict.Refused);
        } catch (ExecutionException refused) {
            return false;
        } catch (InterruptedException | TimeoutException broken) {
            throw new AssertionError(broken);
        }
    }

    static ClusterCommand registration(int number) {
        return registration(number, List.of());
    }

    /** So large that a hundred of them fill a segment of the log. */
    static ClusterCommand large(int number) {
        List<Holding> many = new ArrayList<>();
        for (int i = 1; i < 1_500; i++) {
            many.add(new Holding(new TabletId(i), ReplicaId.of("replica-" + i)));
        }
        return registration(number, many);
    }

    private static ClusterCommand registration(int number, List<Holding> holdings) {
        NodeDescriptor node =
                new NodeDescriptor(
                        NodeId.of("t" + number),
                        StoreId.of("store-" + number),
                        Incarnation.of("run-" + number),
                        "127.0.0.1:80",
                        "",
                        "");
        return new ClusterCommand.RegisterNode(node, holdings, number);
    }

    /** Changes the membership and waits until that is done. */
    void change(MetaChange.Kind kind, String member, String address) {
        String operation = "change-" + state().version();
        MetaChange change =
                new MetaChange(
                        operation,
                        kind,
                        member,
                        address,
                        new SystemClock().wallMillis(),
                        MetaChange.State.RUNNING,
                        "");
        ClusterCommand begin = new MetaGroupCommand.Begin(change, 1);
        eventually(
                operation + " has begun",
                () ->
                        members.values().stream()
                                .filter(each -> accepted(each, begin) || knows(each, operation))
                                .findFirst());
        eventually(
                operation + " is done",
                () ->
                        leader().appliedState().stream()
                                .flatMap(state -> state.metaGroup().changes().stream())
                                .filter(each -> each.operation().equals(operation))
                                .filter(each -> each.state() == MetaChange.State.DONE)
                                .findFirst());
    }

    /** Also of a change whose first proposal was not answered, so that a second is refused. */
    private static boolean knows(RaftMetadataTablet member, String operation) {
        return member.appliedState().stream()
                .flatMap(state -> state.metaGroup().changes().stream())
                .anyMatch(change -> change.operation().equals(operation));
    }

    /** Waits until that member has applied the state of the leader. */
    void awaitCaughtUp(String name) {
        ClusterState wanted = state();
        eventually(
                name + " catches up",
                () -> members.get(name).appliedState().filter(wanted::equals));
    }

    static <T> Optional<T> none() {
        return Optional.empty();
    }

    static <T> T eventually(String what, Supplier<Optional<T>> question) {
        long begun = System.nanoTime();
        while (System.nanoTime() - begun < PATIENCE_NANOS) {
            Optional<T> answer = question.get();
            if (answer.isPresent()) {
                return answer.get();
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
        throw new AssertionError("not in time: " + what);
    }

    @Override
    public void close() throws IOException {
        for (String member : List.copyOf(members.keySet())) {
            stop(member);
        }
    }
}
