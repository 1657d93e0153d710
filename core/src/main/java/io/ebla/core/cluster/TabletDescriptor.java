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
 * @param replicas its copies
 * @param epoch the highest epoch given out for it, 0 before the first
 * @param master the recorded winner of that epoch, or null while there is none
 */
public record TabletDescriptor(
        TabletId id,
        TableName table,
        String fromHex,
        String toHex,
        List<ReplicaDescriptor> replicas,
        long epoch,
        Mastership master) {

    public TabletDescriptor {
        Objects.requireNonNull(id);
        Objects.requireNonNull(table);
        Objects.requireNonNull(fromHex);
        Objects.requireNonNull(toHex);
        replicas = List.copyOf(replicas);
        if (master != null && master.epoch() != epoch) {
            throw new IllegalArgumentException(
                    "tablet " + id + " at epoch " + epoch + " has a master of " + master.epoch());
        }
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
