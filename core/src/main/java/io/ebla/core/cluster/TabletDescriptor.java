package io.ebla.core.cluster;

import com.fasterxml.jackson.annotation.JsonIgnore;
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
 */
public record TabletDescriptor(
        TabletId id,
        TableName table,
        String fromHex,
        String toHex,
        List<ReplicaDescriptor> replicas,
        List<ReplicaDescriptor> previousReplicas,
        long epoch,
        Mastership master) {

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

    /** A tablet whose replica set is not being changed. */
    public TabletDescriptor(
            TabletId id,
            TableName table,
            String fromHex,
            String toHex,
            List<ReplicaDescriptor> replicas,
            long epoch,
            Mastership master) {
        this(id, table, fromHex, toHex, replicas, List.of(), epoch, master);
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

    public Optional<ReplicaDescriptor> replicaOn(NodeId node) {
        return replicas.stream().filter(replica -> replica.node().equals(node)).findFirst();
    }

    private static Bytes bytes(String hex) {
        return Bytes.wrap(HexFormat.of().parseHex(hex));
    }
}
