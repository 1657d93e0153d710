package io.ebla.clustertest.failover;

import static io.ebla.clustertest.failover.KillCell.Victim.ANOTHER;
import static io.ebla.clustertest.failover.KillCell.Victim.ANYBODY;
import static io.ebla.clustertest.failover.KillCell.Victim.MASTER;
import static io.ebla.clustertest.failover.KillCell.Victim.META_LEADER;
import static io.ebla.clustertest.failover.KillCell.Victim.RIGHT_MASTER;
import static io.ebla.clustertest.failover.KillCell.Victim.SLAVE;
import static io.ebla.clustertest.failover.KillCell.Victim.SOURCE;
import static io.ebla.clustertest.failover.KillCell.Victim.TARGET;

import io.ebla.clustertest.failover.KillCell.Victim;
import io.ebla.clustertest.failover.KillCell.Way;
import io.ebla.core.failpoint.NodeMoment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * All kills: the leader of the metadata as soon as it has applied a phase, for each phase of each procedure;
 * and each who takes part before others hear of what it did, for each {@link NodeMoment}. {@code
 * KillMatrixTest} holds it against the phases and moments that there are.
 */
final class KillMatrix {

    /** Phases that nothing comes to which goes well. */
    private static final Map<String, Way> UNUSUAL =
            Map.of(
                    "split.cancelling", Way.TWO_DOWN,
                    "split.aborted", Way.NO_MIDDLE,
                    "merge.unsealing", Way.MERGE_HELD,
                    "merge.aborted", Way.MERGE_HELD,
                    "move.aborted", Way.TARGET_DRAINED,
                    "hand_over.aborted", Way.TARGET_PAUSED,
                    "drain.aborted", Way.TAKEN_BACK,
                    "rebalance.aborted", Way.PAUSED);

    /** What the metadata tells the phases of, and nobody is killed in: {@code kill-matrix.md} says why. */
    static final Set<String> WITHOUT_KILLS =
            Set.of(
                    "rebuild",
                    "add_replica",
                    "remove_replica",
                    "empty_tablet",
                    "undrain",
                    "pause_balancing",
                    "resume_balancing");

    private final List<KillCell> cells = new ArrayList<>();

    private KillMatrix() {
        for (Procedure procedure : Procedure.values()) {
            for (Enum<?> phase : procedure.phases()) {
                String point = procedure.point(phase);
                Way way = UNUSUAL.getOrDefault(point, Way.USUAL);
                cells.add(new KillCell(procedure, point, META_LEADER, way));
            }
        }
        ofSplits();
        ofMerges();
        ofMoves();
        ofMasterships();
    }

    private void ofSplits() {
        node(Procedure.SPLIT, NodeMoment.SPLIT_CHOSEN, MASTER);
        node(Procedure.SPLIT, NodeMoment.SPLIT_READY, MASTER, SLAVE);
        node(Procedure.SPLIT, NodeMoment.SPLIT_LOGGED, MASTER);
        node(Procedure.SPLIT, NodeMoment.SPLIT_FLUSHED, MASTER, SLAVE);
        node(Procedure.SPLIT, NodeMoment.SPLIT_DIVIDED, MASTER, SLAVE);
        node(Procedure.SPLIT, NodeMoment.REPLICA_DESCRIBED, MASTER, SLAVE);
        node(Procedure.SPLIT, NodeMoment.LOG_BEGUN, MASTER, SLAVE);
        node(Procedure.SPLIT, NodeMoment.REPLICAS_OPENED, MASTER, SLAVE);
        node(Procedure.SPLIT, NodeMoment.EPOCH_BEGINS, MASTER);
        node(Procedure.SPLIT, NodeMoment.EPOCH_STARTED, MASTER);
        node(Procedure.SPLIT, NodeMoment.REPLICA_REMOVED, MASTER, SLAVE);
        add(Procedure.SPLIT, NodeMoment.SPLIT_CANCELLED, ANYBODY, Way.TWO_DOWN);
    }

    private void ofMerges() {
        node(Procedure.MERGE, NodeMoment.MERGE_COPIED, MASTER, SLAVE);
        node(Procedure.MERGE, NodeMoment.MERGE_READY, MASTER, SLAVE);
        node(Procedure.MERGE, NodeMoment.MERGE_SEALED, MASTER, RIGHT_MASTER);
        node(Procedure.MERGE, NodeMoment.MERGE_FINISHED, MASTER, SLAVE);
        node(Procedure.MERGE, NodeMoment.REPLICA_DESCRIBED, MASTER, SLAVE);
        node(Procedure.MERGE, NodeMoment.LOG_BEGUN, MASTER, SLAVE);
        node(Procedure.MERGE, NodeMoment.REPLICAS_OPENED, MASTER, SLAVE);
        node(Procedure.MERGE, NodeMoment.EPOCH_BEGINS, MASTER);
        node(Procedure.MERGE, NodeMoment.EPOCH_STARTED, MASTER);
        node(Procedure.MERGE, NodeMoment.REPLICA_REMOVED, MASTER, SLAVE);
        add(Procedure.MERGE, NodeMoment.MERGE_UNSEALED, MASTER, Way.MERGE_HELD);
    }

    private void ofMoves() {
        node(Procedure.MOVE, NodeMoment.REPLICAS_OPENED, TARGET);
        node(Procedure.MOVE, NodeMoment.STORE_REPLACED, TARGET);
        node(Procedure.MOVE, NodeMoment.EPOCH_BEGINS, MASTER);
        node(Procedure.MOVE, NodeMoment.REPLICA_REMOVED, SOURCE);
        node(Procedure.DRAIN, NodeMoment.LEASE_GIVEN_UP, SOURCE);
        node(Procedure.DRAIN, NodeMoment.REPLICAS_OPENED, ANOTHER);
        node(Procedure.DRAIN, NodeMoment.REPLICA_REMOVED, SOURCE);
    }

    private void ofMasterships() {
        node(Procedure.HAND_OVER, NodeMoment.LEASE_GIVEN_UP, MASTER);
        node(Procedure.HAND_OVER, NodeMoment.FENCED, SLAVE);
        node(Procedure.HAND_OVER, NodeMoment.EPOCH_BEGINS, TARGET);
        node(Procedure.HAND_OVER, NodeMoment.EPOCH_STARTED, TARGET);
        node(Procedure.ELECTION, NodeMoment.FENCED, ANOTHER);
        node(Procedure.ELECTION, NodeMoment.EPOCH_BEGINS, ANOTHER);
        node(Procedure.ELECTION, NodeMoment.EPOCH_STARTED, ANOTHER);
    }

    private void node(Procedure procedure, NodeMoment moment, Victim... victims) {
        for (Victim victim : victims) {
            add(procedure, moment, victim, Way.USUAL);
        }
    }

    private void add(Procedure procedure, NodeMoment moment, Victim victim, Way way) {
        cells.add(new KillCell(procedure, moment.point(), victim, way));
    }

    /** Every kill, those of one procedure one after the other. */
    static List<KillCell> all() {
        return new KillMatrix()
                .cells.stream()
                        .sorted((one, other) -> one.procedure().compareTo(other.procedure()))
                        .toList();
    }

    /** One of each procedure, of those that take no time of their own. */
    static List<KillCell> drawn(Random random) {
        List<KillCell> drawn = new ArrayList<>();
        for (Procedure procedure : Procedure.values()) {
            List<KillCell> quick =
                    all().stream()
                            .filter(each -> each.procedure() == procedure && each.way().quick())
                            .toList();
            drawn.add(quick.get(random.nextInt(quick.size())));
        }
        return drawn;
    }
}
