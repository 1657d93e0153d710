package io.ebla.metaserver.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.cluster.TabletId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What members read of the log and of snapshots that an earlier build of the same format has written. */
class ClusterCodecTest {

    private final ClusterCodec codec = new ClusterCodec();

    private static byte[] without(byte[] written, String... fields) {
        String text = new String(written, StandardCharsets.UTF_8);
        for (String field : fields) {
            String less = text.replaceAll(",\"" + field + "\":(false|true|\"[A-Z]+\")", "");
            assertThat(less).as(field).isNotEqualTo(text);
            text = less;
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void aSnapshotThatSaysOfNoTabletWhetherItsBoundWasAskedForIsOneOfBoundsThatWere() {
        LoneTable table = new LoneTable("80");
        TabletId tablet = table.tablet(0).id();
        table.apply(new SplitCommand.Begin("split", tablet, "", table.next()));

        byte[] earlier = without(codec.encode(table.state()), "fromUnasked", "unasked", "byLoad");

        assertThat(codec.decodeState(earlier)).isEqualTo(table.state());
    }

    @Test
    void aSplitOfAnEarlierLogIsOneThatWasAskedForInTheMiddleOfTheBytes() {
        SplitCommand.Begin begin = new SplitCommand.Begin("split", new TabletId(1), "", 5);

        byte[] earlier = without(codec.encode(begin), "unasked", "byLoad");

        assertThat(codec.decodeCommand(earlier)).isEqualTo(begin);
    }

    @Test
    void aStepOfAnEarlierLogThatDoesNotNameThePhaseBeforeIsTakenInAnyThatPrecedes() {
        LoneTable table = new LoneTable();
        TabletId tablet = table.tablet(0).id();
        table.apply(new SplitCommand.Begin("split", tablet, "", table.next()));
        SplitCommand.Step step =
                new SplitCommand.Step(
                        "split",
                        SplitOperation.Phase.CHOOSING,
                        SplitOperation.Phase.SPLITTING,
                        "80",
                        "",
                        table.next());

        table.apply(codec.decodeCommand(without(codec.encode(step), "from")));

        assertThat(table.state().splits().get("split").phase())
                .isEqualTo(SplitOperation.Phase.SPLITTING);
    }

    @Test
    void whatEveryBuildOfTheFormatWritesMustBeThere() {
        byte[] command = codec.encode(new ClusterCommand.DropTable(LoneTable.NAME, 5));
        String text = new String(command, StandardCharsets.UTF_8).replace(",\"at\":5", "");
        assertThat(text).doesNotContain("\"at\"");

        for (byte[] each : List.of(text.getBytes(StandardCharsets.UTF_8), "{}".getBytes())) {
            assertThatThrownBy(() -> codec.decodeCommand(each))
                    .isInstanceOf(IllegalStateException.class);
        }
    }
}
