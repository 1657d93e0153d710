package io.ebla.metaserver.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.MetaApi.Retired;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a disk holds that the metadata has done with is to be removed; what it may not know of is not. */
class OrphanRulesTest {

    private static final NodeId NODE = NodeId.of("t1");

    private final LoneTable table = new LoneTable("40");
    private final TabletDescriptor tablet = table.tablet(0);
    private final Holding held = new Holding(tablet.id(), tablet.replicas().get(0).id());

    /** Another disk said that nothing of it is there, and then the first comes back. */
    @Test
    void aDroppedTabletOnADiskThatComesBackIsDroppedOnceMore() {
        table.apply(new ClusterCommand.DropTable(LoneTable.NAME, table.next()));
        table.registers("another");
        table.removed(tablet.id(), table.state().dropped().lastKey());
        assertThat(table.state().dropped()).isEmpty();
        table.registers("s1", held);
        assertThat(table.state().dropped()).containsOnly(Map.entry(tablet.id(), Set.of(NODE)));
        assertThat(table.state().map().dropped()).containsExactly(tablet.id());
        table.removed(tablet.id());
        assertThat(table.state().dropped()).isEmpty();
    }

    @Test
    void theParentOfASplitOnADiskThatComesBackIsDroppedOnceMore() {
        split("20", SplitOperation.Phase.SPLITTING);
        SplitOperation split = table.state().splits().get("split");
        table.made(tablet, split.low(), split.high());
        table.removed(tablet.id());
        table.registers("s1", held);
        assertThat(table.state().dropped()).containsKey(tablet.id());
    }

    @Test
    void aReplicaThatWasReplacedIsRetiredOnceMore() {
        Holding former = new Holding(tablet.id(), ReplicaId.of("former"));
        table.registers("s1", former);
        assertThat(table.state().retired().values())
                .containsExactly(new Retired(tablet.id(), NODE, former.replica()));
        table.apply(
                new ClusterCommand.TabletsDropped(
                        NODE, List.of(), List.of(former.replica()), table.next()));
        assertThat(table.state().retired()).isEmpty();
    }

    @Test
    void whatATabletHasStays() {
        table.registers("s1", held);
        assertThat(table.state().retired()).isEmpty();
        assertThat(table.state().dropped()).isEmpty();
    }

    /** A split that was called aborted may turn out not to be: the log is the judge. */
    @Test
    void childrenOfASplitThatMayComeStay() {
        split("20", SplitOperation.Phase.SPLITTING);
        SplitOperation split = table.state().splits().get("split");
        Holding child = new Holding(split.low(), held.replica().ofChild(split.low()));
        table.registers("s1", held, child);
        assertThat(table.state().dropped()).isEmpty();
        table.apply(
                new SplitCommand.Step(
                        "split",
                        split.phase(),
                        SplitOperation.Phase.ABORTED,
                        "",
                        "",
                        table.next()));
        table.registers("s1", held, child);
        assertThat(table.state().dropped()).isEmpty();
    }

    private void split(String atHex, SplitOperation.Phase phase) {
        table.apply(
                new SplitCommand.Begin("split", tablet.id(), atHex, false, false, table.next()));
        assertThat(table.state().splits().get("split").phase()).isEqualTo(phase);
    }

    @Test
    void whatTheMetadataNeverKnewStays() {
        long next = table.state().nextTabletId();
        table.registers("s1", held, new Holding(new TabletId(next), ReplicaId.of("foreign")));
        assertThat(table.state().dropped()).isEmpty();
        assertThat(table.state().retired()).isEmpty();
    }

    @Test
    void whatCannotBeReadIsNotTakenForAFormerReplica() {
        table.registers("s1", new Holding(tablet.id(), ReplicaId.UNREADABLE));
        assertThat(table.state().retired()).isEmpty();
    }

    /** It has forgotten what came after the backup, and says of nothing that it is gone. */
    @Test
    void metadataThatWasRestoredJudgesNothing() {
        table.apply(new ClusterCommand.DropTable(LoneTable.NAME, table.next()));
        table.removed(tablet.id(), table.state().dropped().lastKey());
        table.restored();
        table.registers("s1", held);
        assertThat(table.state().dropped()).isEmpty();
    }
}
