package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.tabletserver.store.InMemoryTabletStores;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TicksTest extends TabletGroupCase {

    @BeforeEach
    void serve() {
        serving();
    }

    @Test
    void aTabletAtRestWaitsForNothing() {
        written(master, "a", "1");
        group.run(1_000);
        for (GroupNode node : group.nodes()) {
            assertThat(node.tablet().pipeline().waiting()).isFalse();
        }
    }

    @Test
    void aSlaveThatIsGoneIsAskedNowAndThenAndNotAtEveryTick() {
        written(master, "a", "1");
        group.run(300);
        GroupNode gone = slaves.get(0);
        gone.kill();
        master.tablet().pipeline().disconnected(gone.id);
        group.run(300);
        int early = 0;
        for (int i = 0; i < 100; i++) {
            group.run(10);
            assertThat(master.tablet().pipeline().waiting()).isTrue();
            early += isEarly(master) ? 1 : 0;
        }
        assertThat(early).isBetween(80, 99);
        gone.restart();
        written(master, "b", "2");
        assertThat(group.runUntil(() -> !master.tablet().pipeline().waiting(), 5_000)).isTrue();
    }

    /** Its node may have the tablet from the map a moment later than the master does. */
    @Test
    void aSlaveThatWasNeverHeardIsAskedSooner() {
        slaves.get(0).kill();
        GroupNode next = group.elect(master, slaves.get(1));
        assertThat(group.runUntil(() -> next.state() == TabletState.SERVING, 1_000)).isTrue();
        WritePipeline pipeline = next.tablet().pipeline();
        pipeline.disconnected(slaves.get(0).id);
        group.run(1);
        assertThat(group.runUntil(() -> isEarly(next), 50)).isTrue();
        assertThat(group.runUntil(() -> !isEarly(next), 100)).as("and not 200 ms").isTrue();
    }

    @Test
    void aTabletThatThrowsKeepsNoOtherFromItsTick() {
        SimulatedTablet broken = waiting();
        SimulatedTablet sound = waiting();
        Ticks ticks = new Ticks(sound.clock, TabletSettings.DEFAULTS, List::of);
        ticks.add(broken.tablet.pipeline());
        ticks.add(sound.tablet.pipeline());
        broken.endThreads();
        ticks.tick();
        assertThat(sound.tasks).as("its turn").hasSize(1);
    }

    /** With a write whose sync does not end. */
    private static SimulatedTablet waiting() {
        SimulatedTablet tablet =
                new SimulatedTablet(new InMemoryTabletStores(), TabletSettings.DEFAULTS)
                        .open()
                        .serve();
        tablet.write(SimulatedTablet.put("a", "1"));
        assertThat(tablet.tablet.pipeline().waiting()).isTrue();
        return tablet;
    }

    private static boolean isEarly(GroupNode node) {
        return node.tablet().pipeline().attention().isEarly(node.clock.monotonicNanos());
    }
}
