package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the log says of a follower that takes nothing: when it begins and when it is over. */
class RefusalsTest {

    private static final Logger LOGGER = Logger.getLogger("io.ebla.tabletserver.tablet");
    private static final NodeId MASTER = new NodeId("t1");
    private static final long SECOND = 1_000_000_000L;

    private final List<LogRecord> told = new ArrayList<>();
    private final Handler handler =
            new Handler() {
                @Override
                public void publish(LogRecord line) {
                    if (line.getMessage().contains("taken")) {
                        told.add(line);
                    }
                }

                @Override
                public void flush() {}

                @Override
                public void close() {}
            };

    @BeforeEach
    void listen() {
        LOGGER.setLevel(Level.INFO);
        LOGGER.addHandler(handler);
    }

    @AfterEach
    void listenNoMore() {
        LOGGER.removeHandler(handler);
        LOGGER.setLevel(null);
    }

    private List<Level> levels() {
        return told.stream().map(LogRecord::getLevel).toList();
    }

    @Test
    void aMasterThatIsRefusedIsToldOfOnceAndOnceWhenItIsTakenAgain() {
        LocalGroup group = new LocalGroup(23, 3);
        GroupNode master = group.serve();
        GroupNode slave =
                group.nodes().stream().filter(node -> node != master).findFirst().orElseThrow();
        slave.clock.stepWall(-3_600_000);
        for (int i = 0; i < 30; i++) {
            assertThat(group.await(master.put("k" + i, "v")).succeeded()).isTrue();
        }
        group.run(2_000);
        assertThat(levels()).containsExactly(Level.WARNING);
        slave.clock.stepWall(3_600_000);
        assertThat(group.runUntil(() -> slave.rows().size() == 30, 5_000)).isTrue();
        group.run(1_000);
        assertThat(levels()).containsExactly(Level.WARNING, Level.INFO);
    }

    @Test
    void anotherReasonIsToldOfToo() {
        Refusals refusals = new Refusals(LocalGroup.TABLET);
        refusals.refused(MASTER, "disk_full", "no room", false, 0);
        refusals.refused(MASTER, "disk_full", "no room", false, SECOND);
        refusals.refused(MASTER, "clock", "ahead", false, SECOND);
        refusals.taken(MASTER);
        refusals.taken(MASTER);
        assertThat(levels()).containsExactly(Level.WARNING, Level.WARNING, Level.INFO);
    }

    @Test
    void whatPassesInAMomentIsNotToldOfUntilItHasLasted() {
        Refusals refusals = new Refusals(LocalGroup.TABLET);
        for (int i = 0; i < 10; i++) {
            refusals.refused(MASTER, "overloaded", "full", true, i * SECOND / 10);
        }
        refusals.taken(MASTER);
        assertThat(levels()).isEmpty();
        refusals.refused(MASTER, "overloaded", "full", true, 2 * SECOND);
        refusals.refused(MASTER, "overloaded", "full", true, 4 * SECOND);
        refusals.refused(MASTER, "overloaded", "full", true, 5 * SECOND);
        refusals.taken(MASTER);
        assertThat(levels()).containsExactly(Level.WARNING, Level.INFO);
    }
}
