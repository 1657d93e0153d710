package io.ebla.metaserver.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.cluster.NodeId;
import io.ebla.metaserver.placement.Placement.Candidate;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlacementTest {

    @Test
    void moreCopiesThanNodesAreRefused() {
        assertThatThrownBy(() -> Placement.place(nodes(2), 1, 3))
                .hasToString("not_enough_nodes: 3 copies need as many nodes, there are 2");
        assertThatThrownBy(() -> Placement.place(List.of(), 1, 1))
                .hasToString("not_enough_nodes: 1 copies need as many nodes, there are 0");
    }

    @Test
    void noNodeHoldsTwoCopiesAndAllHoldTheSame() {
        List<List<NodeId>> placed = Placement.place(nodes(5), 50, 3);
        Map<NodeId, Integer> copies = new HashMap<>();
        Map<NodeId, Integer> masters = new HashMap<>();
        for (List<NodeId> tablet : placed) {
            assertThat(new HashSet<>(tablet)).hasSize(3);
            tablet.forEach(node -> copies.merge(node, 1, Integer::sum));
            masters.merge(tablet.get(0), 1, Integer::sum);
        }
        assertThat(copies.values()).hasSize(5).containsOnly(30);
        assertThat(masters.values()).hasSize(5).containsOnly(10);
    }

    @Test
    void copiesStandInDifferentZonesWhileThereAreSome() {
        List<Candidate> nodes =
                List.of(
                        new Candidate(NodeId.of("a1"), "a", 0, 0),
                        new Candidate(NodeId.of("a2"), "a", 0, 0),
                        new Candidate(NodeId.of("a3"), "a", 0, 0),
                        new Candidate(NodeId.of("b1"), "b", 100, 0));
        for (List<NodeId> tablet : Placement.place(nodes, 6, 2)) {
            assertThat(tablet).contains(NodeId.of("b1"));
        }
        assertThat(Placement.place(nodes, 1, 4).get(0)).hasSize(4);
    }

    @Test
    void zonesShareTheCopiesEvenly() {
        List<Candidate> nodes =
                List.of(
                        new Candidate(NodeId.of("a1"), "a", 0, 0),
                        new Candidate(NodeId.of("a2"), "a", 0, 0),
                        new Candidate(NodeId.of("a3"), "a", 0, 0),
                        new Candidate(NodeId.of("b1"), "b", 9, 0),
                        new Candidate(NodeId.of("b2"), "b", 9, 0));
        assertThat(Placement.place(nodes, 1, 4).get(0)).contains(NodeId.of("b1"), NodeId.of("b2"));
        assertThat(
                        Placement.oneMore(
                                nodes, List.of(NodeId.of("b1"), NodeId.of("a1"), NodeId.of("a2"))))
                .contains(NodeId.of("b2"));
        assertThat(Placement.oneMore(nodes, nodes.stream().map(Candidate::node).toList()))
                .isEmpty();
    }

    @Test
    void whoMastersLeastMastersFirst() {
        List<Candidate> nodes =
                List.of(
                        new Candidate(NodeId.of("t1"), "", 0, 5),
                        new Candidate(NodeId.of("t2"), "", 0, 0));
        assertThat(Placement.place(nodes, 5, 2))
                .allSatisfy(tablet -> assertThat(tablet.get(0)).isEqualTo(NodeId.of("t2")));
    }

    @Test
    void theEmptierNodeIsTakenFirst() {
        List<Candidate> nodes =
                List.of(
                        new Candidate(NodeId.of("t1"), "", 7, 0),
                        new Candidate(NodeId.of("t2"), "", 3, 0));
        assertThat(Placement.place(nodes, 4, 1))
                .allSatisfy(tablet -> assertThat(tablet).containsExactly(NodeId.of("t2")));
    }

    private static List<Candidate> nodes(int count) {
        return java.util.stream.IntStream.rangeClosed(1, count)
                .mapToObj(i -> new Candidate(NodeId.of("t" + i), "", 0, 0))
                .toList();
    }
}
