package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What becomes of a master that reaches the metadata and not its slaves: with the production procedures of
 * the metadata's leader and what the node itself reports, on virtual time.
 */
class CutOffMasterTest {

    private final GroupLife life =
            new GroupLife(4711, GroupLife.Plan.OF_THREE.starting(3, 0), Tampering.NONE);
    private GroupNode master;
    private long epoch;

    private void serving(GroupLife one) {
        one.goodWeather();
        master = one.awaitMaster();
        epoch = one.meta().tablet().epoch();
        one.pass(500);
        assertThat(one.meta().tablet().epoch()).as("at rest").isEqualTo(epoch);
    }

    private boolean anotherServes() {
        GroupNode now = life.master();
        return now != null && now != master;
    }

    @Test
    void oneThatNobodyAsksIsReplacedWhileTheCutLasts() {
        serving(life);
        life.group().isolate(master);
        assertThat(life.group().runUntil(this::anotherServes, 5_000)).isTrue();
        life.group().heal();
        assertThat(life.group().runUntil(() -> master.state() == TabletState.FOLLOWER, 5_000))
                .isTrue();
    }

    @Test
    void oneThatIsAskedRefusesAndIsReplacedWhileTheCutLasts() {
        serving(life);
        life.group().isolate(master);
        life.group().run(400);
        Answers<WriteResult> refused = life.group().await(master.put("a", "1"));
        assertThat(refused.failure().code()).isEqualTo(ErrorCode.NO_QUORUM);
        assertThat(refused.failure().outcome()).contains(Outcome.NOT_APPLIED);
        assertThat(life.group().runUntil(this::anotherServes, 5_000)).isTrue();
    }

    @Test
    void aHiccupOfSomeLeasesCostsNoElection() {
        serving(life);
        for (int i = 0; i < 5; i++) {
            life.group().isolate(master);
            life.pass(250);
            life.group().heal();
            life.pass(300);
        }
        assertThat(life.meta().tablet().epoch()).isEqualTo(epoch);
        assertThat(life.master()).isSameAs(master);
    }

    @Test
    void oneThatHasNothingToDoStaysMaster() {
        serving(life);
        life.pass(20_000);
        assertThat(life.meta().tablet().epoch()).isEqualTo(epoch);
        assertThat(master.reports().serving()).isTrue();
    }

    @Test
    void theOnlyReplicaNeedsNobodyAndStaysMaster() {
        GroupLife alone = new GroupLife(23, GroupLife.Plan.OF_THREE.starting(1, 1), Tampering.NONE);
        serving(alone);
        alone.group().isolate(master);
        alone.pass(5_000);
        assertThat(alone.meta().tablet().epoch()).isEqualTo(epoch);
        assertThat(master.reports().serving()).isTrue();
    }

    /** As when all nodes of a cluster are stopped at once. */
    @Test
    void oneThatIsToEndDoesNotWaitForWhatItsSlavesWillNotAcknowledge() {
        LocalGroup group = new LocalGroup(4711, 3);
        master = group.serve();
        group.isolate(master);
        Answers<WriteResult> write = master.write(slow(group));
        group.run(20);
        boolean[] drained = new boolean[1];
        master.tablet().pipeline().drain(() -> drained[0] = true);
        assertThat(group.runUntil(() -> drained[0], 3_000)).isTrue();
        assertThat(write.given()).as("its fate is not known").isFalse();
    }

    @Test
    void oneThatIsToEndFinishesWhatIsOnlySlow() {
        LocalGroup group = new LocalGroup(4711, 3);
        master = group.serve();
        group.nodes().stream()
                .filter(node -> node != master)
                .forEach(slave -> slave.syncsHeld = true);
        Answers<WriteResult> write = master.write(slow(group));
        group.run(20);
        boolean[] drained = new boolean[1];
        master.tablet().pipeline().drain(() -> drained[0] = true);
        assertThat(group.runUntil(() -> drained[0], 1_800)).isFalse();
        group.nodes().forEach(node -> node.syncsHeld = false);
        assertThat(group.runUntil(() -> drained[0], 3_000)).isTrue();
        assertThat(group.await(write).succeeded()).isTrue();
    }

    private WriteRequest slow(LocalGroup group) {
        return new WriteRequest(
                List.of(SimulatedTablet.put("a", "1")),
                WriteRequest.QUORUM,
                group.deadline(master, 20_000),
                "",
                null,
                null);
    }

    @Test
    void whatAMasterSaysOfItselfFollowsItsLease() {
        LocalGroup group = new LocalGroup(4711, 3);
        master = group.serve();
        assertThat(master.reports().serving()).isTrue();
        group.isolate(master);
        assertThat(group.runUntil(() -> !master.reports().serving(), 2_000)).isTrue();
        assertThat(master.leaseHolds()).isFalse();
        group.heal();
        assertThat(group.runUntil(() -> master.reports().serving(), 1_000)).isTrue();
    }
}
