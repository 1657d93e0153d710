package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.MetaApi.Retired;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.ErrorCode;
import io.ebla.metaserver.cluster.ClusterCommand.PlannedTablet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Creating, changing and dropping tables. */
final class TableRules {

    private TableRules() {}

    /** The same table again is no change; under the same name with other options it is refused. */
    static Change create(ClusterState state, ClusterCommand.CreateTable command) {
        TableDescriptor table = command.table();
        TableDescriptor existing = state.tables().get(table.name());
        if (existing != null) {
            return sameOptions(existing, table)
                    ? Change.to(state, state)
                    : Change.refused(
                            state,
                            ErrorCode.TABLE_EXISTS,
                            "table " + table.name() + " exists with other options");
        }
        Optional<String> fault = faultOfRanges(command).or(() -> faultOfReplicas(state, command));
        if (fault.isPresent()) {
            return Change.refused(state, ErrorCode.INVALID_ARGUMENT, fault.get());
        }
        Optional<NodeId> moved = masterOfFormerRun(state, command);
        if (moved.isPresent()) {
            return Change.refused(
                    state,
                    ErrorCode.OPERATION_IN_PROGRESS,
                    "node " + moved.get() + " is not the run it was when the table was placed");
        }
        if (TaskRules.onDrained(
                state, command.tablets().stream().flatMap(each -> each.replicas().stream()))) {
            return Change.refused(
                    state,
                    ErrorCode.OPERATION_IN_PROGRESS,
                    "a node is drained since the table was placed");
        }
        ClusterState.Draft draft = state.draft();
        draft.tables.put(table.name(), table);
        for (PlannedTablet planned : command.tablets()) {
            TabletId id = draft.takeTabletId();
            Mastership master = planned.master();
            draft.tablets.put(
                    id,
                    new TabletDescriptor(
                            id,
                            table.name(),
                            planned.fromHex(),
                            planned.toHex(),
                            planned.replicas(),
                            master == null ? 0 : master.epoch(),
                            master));
        }
        return Change.to(draft.finish(), state);
    }

    private static boolean sameOptions(TableDescriptor one, TableDescriptor other) {
        return one.replicas() == other.replicas()
                && one.store() == other.store()
                && one.ttlMillis() == other.ttlMillis()
                && one.splitAt().equals(other.splitAt());
    }

    /** The tablets must cover the key space exactly once, in key order. */
    private static Optional<String> faultOfRanges(ClusterCommand.CreateTable command) {
        String expected = "";
        for (int i = 0; i < command.tablets().size(); i++) {
            PlannedTablet tablet = command.tablets().get(i);
            boolean last = i == command.tablets().size() - 1;
            if (!tablet.fromHex().equals(expected)) {
                return Optional.of("there is a gap or an overlap at " + expected);
            }
            if (last != tablet.toHex().isEmpty()
                    || !last && tablet.toHex().compareTo(tablet.fromHex()) <= 0) {
                return Optional.of("the tablets are not in key order at " + expected);
            }
            expected = tablet.toHex();
        }
        return command.tablets().size() == command.table().splitAt().size() + 1
                ? Optional.empty()
                : Optional.of("the table is not split where it says");
    }

    private static Optional<String> faultOfReplicas(
            ClusterState state, ClusterCommand.CreateTable command) {
        Set<ReplicaId> known = state.replicaIds();
        for (PlannedTablet tablet : command.tablets()) {
            Set<NodeId> nodes = new HashSet<>();
            for (ReplicaDescriptor replica : tablet.replicas()) {
                if (!state.nodes().containsKey(replica.node()) || !nodes.add(replica.node())) {
                    return Optional.of(
                            "node " + replica.node() + " is unknown, or holds two copies");
                }
                if (replica.opened()
                        || replica.lost()
                        || replica.learner()
                        || !known.add(replica.id())) {
                    return Optional.of("replica " + replica.id() + " is not a new one");
                }
            }
            Mastership master = tablet.master();
            if (nodes.size() != command.table().replicas()
                    || master != null && (master.epoch() != 1 || !nodes.contains(master.node()))) {
                return Optional.of("a tablet has other copies than the table asks for");
            }
        }
        return Optional.empty();
    }

    private static Optional<NodeId> masterOfFormerRun(
            ClusterState state, ClusterCommand.CreateTable command) {
        for (PlannedTablet tablet : command.tablets()) {
            Mastership master = tablet.master();
            if (master != null) {
                NodeDescriptor node = state.nodes().get(master.node());
                if (!node.incarnation().equals(master.incarnation())) {
                    return Optional.of(master.node());
                }
            }
        }
        return Optional.empty();
    }

    static Change change(ClusterState state, ClusterCommand.ChangeTable command) {
        TableDescriptor table = state.tables().get(command.name());
        if (table == null) {
            return absent(state, command.name().value());
        }
        if (command.ttlMillis() < 0) {
            return Change.refused(state, ErrorCode.INVALID_ARGUMENT, "a ttl is not negative");
        }
        if (command.replicas() < 1) {
            return Change.refused(state, ErrorCode.INVALID_ARGUMENT, "a table has a copy at least");
        }
        ClusterState.Draft draft = state.draft();
        draft.tables.put(
                table.name(),
                new TableDescriptor(
                        table.name(),
                        command.replicas(),
                        table.store(),
                        command.ttlMillis(),
                        table.splitAt(),
                        table.createdAt()));
        return Change.to(draft.finish(), state);
    }

    /** Its tablets are remembered until every node that may hold one has removed it (L7). */
    static Change drop(ClusterState state, ClusterCommand.DropTable command) {
        if (!state.tables().containsKey(command.name())) {
            return absent(state, command.name().value());
        }
        ClusterState.Draft draft = state.draft();
        draft.tables.remove(command.name());
        List<TabletDescriptor> tablets = state.tabletsOf(command.name());
        for (TabletDescriptor tablet : tablets) {
            retire(draft, tablet, "the table was dropped", command.at());
            SplitRules.abort(draft, tablet.id(), "the table was dropped", command.at());
            MergeRules.dropped(draft, tablet.id(), "the table was dropped", command.at());
        }
        return Change.to(draft.finish(), state);
    }

    /** The tablet is no more: what was under way for it ends, and what nodes hold of it may go. */
    static void retire(
            ClusterState.Draft draft, TabletDescriptor tablet, String why, long atMillis) {
        draft.tablets.remove(tablet.id());
        draft.elections.remove(tablet.id());
        HandOverRules.abortAll(draft, tablet.id(), why, atMillis);
        ReplicaOperations.abortAll(draft, tablet.id(), why, atMillis);
        Set<NodeId> holders = new TreeSet<>();
        Stream.of(tablet.replicas(), tablet.previousReplicas())
                .flatMap(List::stream)
                .forEach(
                        replica -> {
                            draft.strayed.remove(replica.id());
                            holders.add(replica.node());
                        });
        for (Retired retired : List.copyOf(draft.retired.values())) {
            if (retired.tablet().equals(tablet.id())) {
                draft.retired.remove(retired.replica());
                holders.add(retired.node());
            }
        }
        draft.dropped.put(tablet.id(), holders);
    }

    private static Change absent(ClusterState state, String name) {
        return Change.refused(state, ErrorCode.TABLE_NOT_FOUND, "there is no table " + name);
    }
}
