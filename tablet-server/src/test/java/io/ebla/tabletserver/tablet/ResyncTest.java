package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.tabletserver.replication.ReplicaMessage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** From where on a new master sends its log to a follower of which it has heard nothing yet. */
class ResyncTest {

    private static final int ROWS = 50;

    private final List<Long> firstIndexes = new ArrayList<>();
    private GroupNode watched;
    private final LocalGroup group =
            new LocalGroup(
                    4712,
                    3,
                    TabletSettings.DEFAULTS,
                    ReplicationSettings.DEFAULTS,
                    new Watching(),
                    (node, store) -> store);

    /** Looks at what the log is sent from. */
    private final class Watching implements Tampering {
        @Override
        public ReplicaMessage message(GroupNode target, ReplicaMessage message) {
            if (target == watched
                    && message instanceof ReplicaMessage.Append append
                    && !append.entries().entries().isEmpty()) {
                firstIndexes.add(append.entries().entries().get(0).index());
            }
            return message;
        }
    }

    @Test
    void aFollowerThatWasUnableIsNotSentTheWholeLog() {
        GroupNode first = writtenByFirstMaster();
        watched = other(first, null);
        GroupNode next = other(first, watched);
        group.isolate(watched);
        group.await(first.put("last", "v"));
        first.kill();
        group.run(1_000);
        watched.clock.stepWall(-60_000);
        group.heal();
        assertThat(group.elect(watched, next)).as("the longer log").isSameAs(next);
        group.run(2_000);
        assertThat(watched.rows()).as("of a master ahead of its clock").hasSize(ROWS);
        watched.clock.stepWall(60_000);
        group.run(2_000);
        assertThat(watched.rows()).hasSize(ROWS + 1);
        assertThat(firstIndexes).as("where what it was sent began").allMatch(each -> each >= ROWS);
    }

    @Test
    void aFollowerWhoseConnectionBrokeBeforeItAnsweredIsNotSentTheWholeLog() {
        GroupNode first = writtenByFirstMaster();
        first.kill();
        group.run(1_000);
        GroupNode master = group.serve();
        watched = other(first, master);
        assertThat(watched).isNotNull();
        master.tablet().pipeline().disconnected(watched.id);
        group.run(2_000);
        assertThat(watched.rows()).hasSize(ROWS);
        assertThat(firstIndexes).as("where what it was sent began").allMatch(each -> each >= ROWS);
    }

    private GroupNode writtenByFirstMaster() {
        GroupNode master = group.serve();
        for (int i = 0; i < ROWS; i++) {
            group.await(master.put("k" + i, "v"));
        }
        group.run(500);
        return master;
    }

    private GroupNode other(GroupNode than, GroupNode nor) {
        return group.nodes().stream()
                .filter(node -> node != than && node != nor)
                .findFirst()
                .orElseThrow();
    }
}
