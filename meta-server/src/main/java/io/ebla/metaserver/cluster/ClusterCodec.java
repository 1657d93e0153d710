package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.MetaApi.Retired;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Commands, verdicts and states as they stand in the Raft log and its snapshots: JSON with a format number. A
 * member that meets a format it does not know stops rather than guess. What a build writes that earlier ones
 * of the same format did not has a value that stands for its absence, named where it is declared.
 */
public final class ClusterCodec {

    private static final int FORMAT = 2;

    private final JsonMapper json =
            JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .build();

    private record CommandForm(int format, ClusterCommand command) {}

    private record Dropped(TabletId tablet, List<NodeId> holders) {}

    private record Strayed(ReplicaId replica, StoreId store) {}

    private record Slot(TabletId tablet, Election election) {}

    private record StateForm(
            int format,
            String clusterId,
            long generation,
            long version,
            long nextTabletId,
            List<NodeDescriptor> nodes,
            List<TableDescriptor> tables,
            List<TabletDescriptor> tablets,
            List<Dropped> dropped,
            List<Strayed> strayed,
            List<Retired> retired,
            List<Slot> elections,
            List<HandOver> handOvers,
            List<ReplicaOperation> replicaOperations,
            List<SplitOperation> splits,
            List<MergeOperation> merges,
            MetaGroup metaGroup,
            Administration administration) {}

    public byte[] encode(ClusterCommand command) {
        return json.writeValueAsBytes(new CommandForm(FORMAT, command));
    }

    /** @throws IllegalStateException if the bytes are no command this version knows */
    public ClusterCommand decodeCommand(byte[] bytes) {
        CommandForm form = read(bytes, CommandForm.class);
        requireFormat(form.format());
        return form.command();
    }

    public byte[] encode(Verdict verdict) {
        return json.writerFor(Verdict.class).writeValueAsBytes(verdict);
    }

    public Verdict decodeVerdict(byte[] bytes) {
        return read(bytes, Verdict.class);
    }

    public byte[] encode(ClusterState state) {
        List<Dropped> dropped = new ArrayList<>();
        state.dropped().forEach((id, nodes) -> dropped.add(new Dropped(id, List.copyOf(nodes))));
        List<Strayed> strayed = new ArrayList<>();
        state.strayed().forEach((id, store) -> strayed.add(new Strayed(id, store)));
        List<Slot> elections = new ArrayList<>();
        state.elections().forEach((id, election) -> elections.add(new Slot(id, election)));
        return json.writeValueAsBytes(
                new StateForm(
                        FORMAT,
                        state.clusterId(),
                        state.generation(),
                        state.version(),
                        state.nextTabletId(),
                        List.copyOf(state.nodes().values()),
                        List.copyOf(state.tables().values()),
                        List.copyOf(state.tablets().values()),
                        dropped,
                        strayed,
                        List.copyOf(state.retired().values()),
                        elections,
                        List.copyOf(state.handOvers().values()),
                        List.copyOf(state.replicaOperations().values()),
                        List.copyOf(state.splits().values()),
                        List.copyOf(state.merges().values()),
                        state.metaGroup(),
                        state.administration()));
    }

    /** @throws IllegalStateException if the bytes are no state this version knows */
    public ClusterState decodeState(byte[] bytes) {
        StateForm form = read(bytes, StateForm.class);
        requireFormat(form.format());
        SortedMap<TabletId, Set<NodeId>> dropped = new TreeMap<>();
        form.dropped().forEach(each -> dropped.put(each.tablet(), new TreeSet<>(each.holders())));
        SortedMap<ReplicaId, StoreId> strayed = new TreeMap<>();
        form.strayed().forEach(each -> strayed.put(each.replica(), each.store()));
        SortedMap<TabletId, Election> elections = new TreeMap<>();
        form.elections().forEach(each -> elections.put(each.tablet(), each.election()));
        return new ClusterState(
                form.clusterId(),
                form.generation(),
                form.version(),
                form.nextTabletId(),
                byKey(form.nodes(), NodeDescriptor::id),
                byKey(form.tables(), TableDescriptor::name),
                byKey(form.tablets(), TabletDescriptor::id),
                dropped,
                strayed,
                byKey(form.retired(), Retired::replica),
                elections,
                byKey(form.handOvers(), HandOver::id),
                byKey(
                        form.replicaOperations() == null ? List.of() : form.replicaOperations(),
                        ReplicaOperation::id),
                byKey(form.splits() == null ? List.of() : form.splits(), SplitOperation::id),
                byKey(form.merges() == null ? List.of() : form.merges(), MergeOperation::id),
                form.metaGroup() == null ? MetaGroup.UNKNOWN : form.metaGroup(),
                form.administration() == null ? Administration.NONE : form.administration());
    }

    private static <K extends Comparable<K>, V> SortedMap<K, V> byKey(
            Collection<V> values, Function<V, K> key) {
        SortedMap<K, V> map = new TreeMap<>();
        values.forEach(value -> map.put(key.apply(value), value));
        return map;
    }

    private <T> T read(byte[] bytes, Class<T> type) {
        try {
            return json.readValue(bytes, type);
        } catch (JacksonException unreadable) {
            throw new IllegalStateException("unreadable metadata", unreadable);
        }
    }

    private static void requireFormat(int format) {
        if (format != FORMAT) {
            throw new IllegalStateException(
                    "metadata of format " + format + ", this version reads " + FORMAT);
        }
    }
}
