package io.ebla.core.cluster;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A tablet, as the metadata tablet describes it.
 *
 * @param id its name
 * @param table the table it is a range of
 * @param fromHex inclusive lower bound, an escaped pk in hex; "" at the start
 * @param toHex exclusive upper bound, likewise; "" at the end
 * @param replicas its copies, learners included
 * @param previousReplicas the members before a replica change whose epoch has not yet begun for good:
 *     until then every fence and the EPOCH_START need a majority of both sets (E3); else empty
 * @param epoch the highest epoch given out for it, 0 before the first
 * @param master the recorded winner of that epoch, or null while there is none
 * @param fromUnasked whether its lower bound came by a split that nobody asked for: only such a bound may
 *     go unasked again; false where it is not written, as earlier builds did not
 */
public record TabletDescriptor(
        TabletId id,
        TableName table,
        String fromHex,
        String toHex,
        List<ReplicaDescriptor> replicas,
        List<ReplicaDescriptor> previousReplicas,
        long epoch,
        Mastership master,
        @JsonSetter(nulls = Nulls.AS_EMPTY) boolean fromUnasked) {

    public TabletDescriptor {
        Objects.requireNonNull(id);
        Objects.requireNonNull(table);
        Objects.requireNonNull(fromHex);
        Objects.requireNonNull(toHex);
        replicas = List.copyOf(replicas);
        previousReplicas = List.copyOf(previousReplicas);
        if (master != null && master.epoch() != epoch) {
            throw new IllegalArgumentException(
                    "tablet " + id + " at epoch " + epoch + " has a master of " + master.epoch());
        }
    }

    /** A tablet whose bounds were asked for, and whose replica set is not being changed. */
    public TabletDescriptor(
            TabletId id,
            TableName table,
            String fromHex,
            String toHex,
            List<ReplicaDescriptor> replicas,
            long epoch,
            Mastership master) {
        this(id, table, fromHex, toHex, replicas, List.of(), epoch, master, false);
    }

    /** The replica set: those that count in quorums. */
    @JsonIgnore
    public List<ReplicaDescriptor> members() {
        return replicas.stream().filter(replica -> !replica.learner()).toList();
    }

    @JsonIgnore
    public KeyRange range() {
        return new KeyRange(bytes(fromHex), bytes(toHex));
    }

    /** The replica on a node: the living one if there is one beside a lost one that it replaces. */
    public Optional<ReplicaDescriptor> replicaOn(NodeId node) {
        return livingFirst(replicas, node);
    }

    /**
     * The replica that a node has to keep: its present one, or, while a replica change lasts, the one it
     * had before, which still counts (E3).
     */
    public Optional<ReplicaDescriptor> replicaToHold(NodeId node) {
        return replicaOn(node).or(() -> livingFirst(previousReplicas, node));
    }

    /**
     * The sets of which a majority each must answer a fence, and hold an EPOCH_START: the members, and
     * during a replica change the former members too (E3).
     */
    public List<List<ReplicaDescriptor>> electorates() {
        return previousReplicas.isEmpty()
                ? List.of(members())
                : List.of(members(), previousReplicas);
    }

    /** The present and former members, each once; learners are none. */
    public List<ReplicaDescriptor> electors() {
        return electorates().stream().flatMap(List::stream).distinct().toList();
    }

    /** Whether one copy is all that counts, and no other did before it: there is nobody to fence. */
    public boolean sole() {
        return members().size() == 1 && previousReplicas.isEmpty();
    }

    /** Whether so many replicas are lost that no election of several copies can succeed again. */
    public boolean beyondElection() {
        return !sole()
                && electorates().stream().anyMatch(set -> living(set) < quorumOf(set.size()));
    }

    private static long living(List<ReplicaDescriptor> set) {
        return set.stream().filter(replica -> !replica.lost()).count();
    }

    /** How many of that many replicas are a quorum. */
    public static int quorumOf(int members) {
        return members / 2 + 1;
    }

    /** The same tablet with other replicas. */
    public TabletDescriptor withReplicas(
            List<ReplicaDescriptor> present, List<ReplicaDescriptor> previous) {
        return new TabletDescriptor(
                id, table, fromHex, toHex, present, previous, epoch, master, fromUnasked);
    }

    /** The same tablet at another epoch. */
    public TabletDescriptor withEpoch(long other, Mastership winner) {
        return new TabletDescriptor(
                id, table, fromHex, toHex, replicas, previousReplicas, other, winner, fromUnasked);
    }

    private static Optional<ReplicaDescriptor> livingFirst(
            List<ReplicaDescriptor> replicas, NodeId node) {
        Optional<ReplicaDescriptor> lost = Optional.empty();
        for (ReplicaDescriptor replica : replicas) {
            if (replica.node().equals(node)) {
                if (!replica.lost()) {
                    return Optional.of(replica);
                }
                lost = Optional.of(replica);
            }
        }
        return lost;
    }

    private static Bytes bytes(String hex) {
        return Bytes.wrap(HexFormat.of().parseHex(hex));
    }
}
