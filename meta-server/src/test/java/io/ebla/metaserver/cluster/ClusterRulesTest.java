package io.ebla.metaserver.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random walks over the rules; each is named by its seed, which repeats it. */
class ClusterRulesTest {

    private static final int COMMANDS = 400;

    private final ClusterCodec codec = new ClusterCodec();

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 80);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void noSequenceOfCommandsBreaksTheMetadata(long seed) {
        RandomCommands commands = new RandomCommands(new Random(seed));
        History history = new History();
        ClusterState state = ClusterState.founded("cluster");
        for (int i = 0; i < COMMANDS; i++) {
            ClusterCommand command = commands.next(state);
            assertThat(codec.decodeCommand(codec.encode(command))).isEqualTo(command);
            Change change = ClusterRules.apply(state, command);
            assertThat(codec.decodeVerdict(codec.encode(change.verdict())))
                    .isEqualTo(change.verdict());
            history.check(state, command, change);
            assertThat(AppliedPhases.of(state, change.state()))
                    .allMatch(each -> AppliedPhases.points().contains(each.point()));
            state = change.state();
        }
        assertThat(codec.decodeState(codec.encode(state))).isEqualTo(state);
    }

    /** The walks are worth something only if they do all there is to do. */
    @Test
    void theWalksReachEveryOutcomeOfEveryCommand() {
        Map<String, Integer> seen = new HashMap<>();
        seeds().forEach(
                        seed -> {
                            RandomCommands commands = new RandomCommands(new Random(seed));
                            ClusterState state = ClusterState.founded("cluster");
                            for (int i = 0; i < COMMANDS; i++) {
                                ClusterCommand command = commands.next(state);
                                Change change = ClusterRules.apply(state, command);
                                seen.merge(outcome(command, change), 1, Integer::sum);
                                state = change.state();
                            }
                        });
        assertThat(seen.keySet())
                .contains(
                        "RegisterNode Changed",
                        "RegisterNode Unchanged",
                        "CreateTable Changed",
                        "CreateTable Unchanged",
                        "CreateTable Refused TABLE_EXISTS",
                        "CreateTable Refused INVALID_ARGUMENT",
                        "ChangeTable Changed",
                        "ChangeTable Refused TABLE_NOT_FOUND",
                        "ChangeTable Refused INVALID_ARGUMENT",
                        "DropTable Changed",
                        "DropTable Refused TABLE_NOT_FOUND",
                        "RecordSoleMasters Changed",
                        "RecordSoleMasters Refused OPERATION_IN_PROGRESS",
                        "RecordSoleMasters Refused INVALID_ARGUMENT",
                        "BeginElections Changed",
                        "BeginElections Unchanged",
                        "RecordWinners Changed",
                        "RecordWinners Unchanged",
                        "AddLearners Changed",
                        "AddLearners Unchanged",
                        "RetireLearners Changed",
                        "RetireLearners Unchanged",
                        "ChangeReplicas Changed",
                        "ChangeReplicas Refused OPERATION_IN_PROGRESS",
                        "ChangeReplicas Refused INVALID_ARGUMENT",
                        "SettleReplicas Changed",
                        "SettleReplicas Unchanged",
                        "RenewTablets Changed",
                        "RenewTablets Refused OPERATION_IN_PROGRESS",
                        "RenewTablets Refused INVALID_ARGUMENT",
                        "BeginHandOvers Changed",
                        "BeginHandOvers Refused OPERATION_IN_PROGRESS",
                        "BeginHandOvers Refused INVALID_ARGUMENT",
                        "StepHandOvers Changed",
                        "StepHandOvers Unchanged",
                        "BeginTask Changed",
                        "BeginTask Unchanged",
                        "BeginTask Refused NODE_NOT_FOUND",
                        "BeginTask Refused OPERATION_IN_PROGRESS",
                        "StepTask Changed",
                        "StepTask Unchanged",
                        "StepTask Refused OPERATION_IN_PROGRESS",
                        "ForgetNode Changed",
                        "ForgetNode Unchanged",
                        "SplitCommand.Begin Changed",
                        "SplitCommand.Begin Refused TABLET_NOT_FOUND",
                        "SplitCommand.Begin Refused OPERATION_IN_PROGRESS",
                        "SplitCommand.Begin Refused CANNOT_SPLIT",
                        "SplitCommand.Step Changed",
                        "SplitCommand.Step Unchanged",
                        "SplitCommand.Step Refused CANNOT_SPLIT",
                        "SplitCommand.Swap Unchanged",
                        "SplitCommand.Swap Changed",
                        "MergeCommand.Begin Changed",
                        "MergeCommand.Begin Refused TABLET_NOT_FOUND",
                        "MergeCommand.Begin Refused NO_RIGHT_NEIGHBOUR",
                        "MergeCommand.Begin Refused OPERATION_IN_PROGRESS",
                        "MergeCommand.Step Changed",
                        "MergeCommand.Step Unchanged",
                        "MergeCommand.Swap Unchanged",
                        "MergeCommand.Swap Changed",
                        "ReplicasOpened Changed",
                        "ReplicasOpened Refused NODE_NOT_FOUND",
                        "TabletsDropped Changed",
                        "TabletsDropped Unchanged");
    }

    private static String outcome(ClusterCommand command, Change change) {
        String code =
                change.verdict() instanceof Verdict.Refused refused ? " " + refused.code() : "";
        Class<?> family = command.getClass().getEnclosingClass();
        String of = family == ClusterCommand.class ? "" : family.getSimpleName() + ".";
        return of
                + command.getClass().getSimpleName()
                + " "
                + change.verdict().getClass().getSimpleName()
                + code;
    }

    /** What has been so far, against which each change is held. */
    private static final class History {

        private final Map<TabletId, Long> epochs = new HashMap<>();
        private final Map<String, Mastership> masters = new HashMap<>();
        private final Set<TabletId> everSeen = new HashSet<>();

        void check(ClusterState before, ClusterCommand command, Change change) {
            ClusterState after = change.state();
            if (change.verdict() instanceof Verdict.Changed) {
                assertThat(after.version()).isEqualTo(before.version() + 1);
            } else {
                assertThat(after).isSameAs(before);
            }
            for (TabletId id : after.tablets().keySet()) {
                boolean fresh = !before.tablets().containsKey(id);
                assertThat(fresh && !everSeen.add(id)).as("%s given out twice", id).isFalse();
                assertThat(id.value()).isLessThan(after.nextTabletId());
            }
            assertThat(Collections.disjoint(after.dropped().keySet(), after.tablets().keySet()))
                    .isTrue();
            assertThat(after.dropped().values()).allSatisfy(left -> assertThat(left).isNotEmpty());
            coverage(after);
            replicas(after);
            ReplicaHistory.check(before, command, after);
            SplitHistory.check(before, command, after);
            MergeHistory.check(before, command, after);
            after.tablets().values().forEach(tablet -> masterships(after, tablet));
        }

        /** The tablets of each table cover the key space exactly once. */
        private static void coverage(ClusterState state) {
            for (TableName table : state.tables().keySet()) {
                String expected = "";
                List<TabletDescriptor> tablets = state.tabletsOf(table);
                assertThat(tablets).isNotEmpty();
                for (TabletDescriptor tablet : tablets) {
                    assertThat(tablet.fromHex()).isEqualTo(expected);
                    expected = tablet.toHex();
                }
                assertThat(expected).isEmpty();
            }
            assertThat(state.tablets().values())
                    .allSatisfy(tablet -> assertThat(state.tables()).containsKey(tablet.table()));
        }

        private static void replicas(ClusterState state) {
            Set<ReplicaId> ids = new HashSet<>();
            Set<ReplicaId> lost = new HashSet<>();
            for (TabletDescriptor tablet : state.tablets().values()) {
                Set<ReplicaDescriptor> all = new HashSet<>(tablet.replicas());
                assertThat(all).hasSameSizeAs(tablet.replicas());
                all.addAll(tablet.previousReplicas());
                Set<Object> nodes = new HashSet<>();
                for (ReplicaDescriptor replica : all) {
                    assertThat(ids.add(replica.id())).as("%s twice", replica.id()).isTrue();
                    if (replica.lost()) {
                        lost.add(replica.id());
                    } else {
                        assertThat(nodes.add(replica.node()))
                                .as("one living replica a node")
                                .isTrue();
                        assertThat(state.retired()).doesNotContainKey(replica.id());
                    }
                }
                assertThat(tablet.members()).isNotEmpty();
            }
            assertThat(lost).containsAll(state.strayed().keySet());
            lost.removeAll(state.strayed().keySet());
            assertThat(Collections.disjoint(state.strayed().keySet(), state.retired().keySet()))
                    .as("what was given up is not found again")
                    .isTrue();
        }

        private void masterships(ClusterState state, TabletDescriptor tablet) {
            long before = epochs.getOrDefault(tablet.id(), 0L);
            assertThat(tablet.epoch())
                    .as("epoch of %s", tablet.id())
                    .isGreaterThanOrEqualTo(before);
            epochs.put(tablet.id(), tablet.epoch());
            Mastership master = tablet.master();
            if (master == null) {
                return;
            }
            Mastership first = masters.putIfAbsent(tablet.id() + "@" + tablet.epoch(), master);
            assertThat(first == null || first.equals(master)).as("one master an epoch").isTrue();
            assertThat(state.nodes().get(master.node()).incarnation())
                    .isEqualTo(master.incarnation());
            assertThat(tablet.electors())
                    .as("a living member, or a former one while a change lasts, leads")
                    .anyMatch(each -> each.node().equals(master.node()) && !each.lost());
        }
    }
}
