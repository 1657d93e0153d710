package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Nodes whose leases are not equally long, as while a setting is changed node by node (E9). */
class LeaseLengthsTest {

    private final Map<NodeId, Long> leases = new HashMap<>();
    private final LocalGroup group =
            new LocalGroup(
                    29,
                    3,
                    TabletSettings.DEFAULTS,
                    ReplicationSettings.DEFAULTS,
                    new Tampering() {
                        @Override
                        public ReplicationSettings replication(
                                GroupNode node, ReplicationSettings settings) {
                            return LeaseScenario.withLease(
                                    settings, leases.getOrDefault(node.id, settings.leaseMillis()));
                        }
                    },
                    (node, store) -> store);

    private List<GroupNode> others(GroupNode master) {
        return group.nodes().stream().filter(node -> node != master).toList();
    }

    private void restartWith(GroupNode node, long leaseMillis) {
        node.kill();
        leases.put(node.id, leaseMillis);
        node.restart();
    }

    private void serves(GroupNode master) {
        assertThat(group.runUntil(master::leaseHolds, 2_000)).isTrue();
        assertThat(group.await(master.put("a", "1")).succeeded()).isTrue();
        assertThat(group.value(master.get("a"))).contains("1");
    }

    @Test
    void leasesAreShortenedNodeByNodeUnderTheMasterThatIsLast() {
        GroupNode master = group.serve();
        for (GroupNode slave : others(master)) {
            restartWith(slave, 300);
            serves(master);
        }
    }

    @Test
    void leasesAreLengthenedNodeByNodeToo() {
        GroupNode master = group.serve();
        for (GroupNode slave : others(master)) {
            restartWith(slave, 1_500);
            serves(master);
        }
    }

    @Test
    void aMasterCountsOnNoMoreThanItsSlavesAreBoundBy() {
        GroupNode master = group.serve();
        List<GroupNode> slaves = others(master);
        slaves.forEach(slave -> restartWith(slave, 300));
        serves(master);
        group.run(1_000);
        group.isolate(master);
        GroupNode next = group.elect(slaves.get(0), slaves.get(1));
        assertThat(next).isNotNull();
        assertThat(master.leaseHolds()).isFalse();
    }

    /** Nobody remembers what the run before granted, but for how long it did. */
    @Test
    void aReplicaThatIsRestartedWithAShorterLeaseWaitsAsLongAsItHadGrantedBefore() {
        GroupNode master = group.serve();
        GroupNode slave = others(master).get(0);
        restartWith(slave, 300);
        var answer = slave.tablet().pipeline().fence(group.descriptor().epoch() + 1);
        group.run(450);
        assertThat(answer.isDone()).isFalse();
        assertThat(group.runUntil(answer::isDone, 1_000)).isTrue();
    }
}
