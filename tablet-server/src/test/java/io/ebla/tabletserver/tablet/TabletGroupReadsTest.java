package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.contract.ErrorCode;
import org.junit.jupiter.api.Test;

/** Leases, and what reads of three replicas show. */
class TabletGroupReadsTest extends TabletGroupCase {

    // ---------------------------------------------------------------- leases and reads

    @Test
    void aMasterCutOffStopsStrongReadsBeforeAnotherCanBeElected() {
        serving();
        written(master, "a", "1");
        group.isolate(master);
        long began = group.nowNanos();
        GroupNode old = master;
        GroupNode winner = group.elect(slaves.get(0), slaves.get(1));
        assertThat(winner).isNotNull();
        assertThat(old.leaseHolds()).isFalse();
        assertThat(group.nowNanos() - began).isLessThan(700_000_000L);
        assertThat(group.await(old.get("a")).failure().code()).isEqualTo(ErrorCode.NO_QUORUM);
    }

    @Test
    void aStepOfTheWallClockEndsTheLeaseUntilTheNextBeats() {
        serving();
        written(master, "a", "1");
        master.clock.stepWall(60_000);
        assertThat(group.await(master.get("a")).failure().code()).isEqualTo(ErrorCode.NO_QUORUM);
        group.run(250);
        assertThat(group.value(master.get("a"))).contains("1");
    }

    @Test
    void aRestartedReplicaAnswersNoFenceForAWholeLease() {
        serving();
        GroupNode slave = slaves.get(0);
        slave.kill();
        slave.restart();
        var answer = slave.tablet().pipeline().fence(group.descriptor().epoch() + 1);
        group.run(450);
        assertThat(answer.isDone()).isFalse();
        group.run(200);
        assertThat(answer.isDone()).isTrue();
    }

    @Test
    void sessionReadsWaitAtASlaveForTheirPositionAndLocalOnesDoNot() {
        serving();
        Position position = written(master, "a", "1").position();
        for (GroupNode slave : slaves) {
            assertThat(group.value(slave.get("a", ReadLevel.SESSION, position))).contains("1");
        }
        group.isolate(slaves.get(0));
        written(master, "a", "2");
        assertThat(group.value(slaves.get(0).get("a", ReadLevel.LOCAL, null))).contains("1");
        assertThat(group.await(slaves.get(0).get("a")).failure().code())
                .isEqualTo(ErrorCode.NO_MASTER);
    }

    @Test
    void aPositionThatNoLogHoldsAnyMoreIsLost() {
        serving();
        written(master, "a", "1");
        group.isolate(master);
        Position lost =
                new Position(LocalGroup.TABLET, 1, master.tablet().pipeline().appendedIndex() + 1);
        master.put("x", "1");
        group.run(50);
        GroupNode winner = group.elect(slaves.get(0), slaves.get(1));
        group.run(50);
        written(winner, "b", "1");
        group.run(100);
        GroupNode slave = winner == slaves.get(0) ? slaves.get(1) : slaves.get(0);
        assertThat(group.await(slave.get("x", ReadLevel.SESSION, lost)).failure().code())
                .isEqualTo(ErrorCode.POSITION_LOST);
    }

    @Test
    void aPositionOfALaterMasterIsNotLostToAMasterThatIsCutOff() {
        serving();
        GroupNode old = master;
        group.isolate(old);
        group.elect(slaves.get(0), slaves.get(1));
        long index = old.tablet().pipeline().appendedIndex() + 1;
        Position later = new Position(LocalGroup.TABLET, group.descriptor().epoch(), index);
        assertThat(old.tablet().pipeline().state().servesStrongReads()).isTrue();
        assertThat(group.await(old.get("a", ReadLevel.SESSION, later)).failure().code())
                .isEqualTo(ErrorCode.NO_QUORUM);
    }
}
