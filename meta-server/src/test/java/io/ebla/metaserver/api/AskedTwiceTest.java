package io.ebla.metaserver.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.time.SystemClock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.LoneTable;
import io.ebla.metaserver.cluster.MergeCommand;
import io.ebla.metaserver.cluster.MergeOperation;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.cluster.SplitCommand;
import io.ebla.metaserver.cluster.SplitOperation;
import io.ebla.metaserver.cluster.Verdict;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/**
 * Splits and merges that are asked for again: while they run, when they are done, and when they came to
 * nothing.
 */
class AskedTwiceTest {

    private static final Optional<TableName> HERE = Optional.of(LoneTable.NAME);
    private static final Optional<TableName> ELSEWHERE = Optional.of(TableName.of("films"));
    private static final String MIDDLE = null;

    private final LoneTable table = new LoneTable("50");
    private final Metadata metadata = new Metadata();
    private final SplitCalls splits = new SplitCalls(metadata, new SystemClock(), this::id);
    private final MergeCalls merges = new MergeCalls(metadata, new SystemClock(), this::id);
    private final TabletDescriptor left = table.tablet(0);
    private final TabletDescriptor right = table.tablet(1);
    private int ids;

    private String id() {
        return "operation-" + ++ids;
    }

    private String split(String atHex) {
        return split(HERE, atHex);
    }

    private String split(Optional<TableName> of, String atHex) {
        return splits.split(of, left.id(), new MetaApi.SplitTablet(atHex)).join().operation();
    }

    private String merge() {
        return merges.merge(HERE, left.id()).join().operation();
    }

    private void step(String split, SplitOperation.Phase from, SplitOperation.Phase to, String at) {
        table.apply(new SplitCommand.Step(split, from, to, at, "", table.next()));
    }

    private void done(String id) {
        SplitOperation split = table.state().splits().get(id);
        table.made(left, split.low(), split.high());
        assertThat(table.state().splits().get(id).phase()).isEqualTo(SplitOperation.Phase.DONE);
    }

    @Test
    void aSplitThatRunsIsTheSameOne() {
        String id = split("30");
        assertThat(split("30")).isEqualTo(id);
        assertThat(split(Optional.empty(), "30")).isEqualTo(id);
        refused(ErrorCode.OPERATION_IN_PROGRESS, () -> split("31"));
        refused(ErrorCode.TABLET_NOT_FOUND, () -> split(ELSEWHERE, "30"));
    }

    @Test
    void aSplitThatIsDoneIsTheSameOne() {
        String id = split("30");
        done(id);
        assertThat(split("30")).isEqualTo(id);
        assertThat(split(Optional.empty(), "30")).isEqualTo(id);
        refused(ErrorCode.TABLET_NOT_FOUND, () -> split("31"));
        refused(ErrorCode.TABLET_NOT_FOUND, () -> split(MIDDLE));
        refused(ErrorCode.TABLET_NOT_FOUND, () -> split(ELSEWHERE, "30"));
    }

    @Test
    void aSplitInTheMiddleIsFoundByThatAndByItsBound() {
        String id = split(MIDDLE);
        step(id, SplitOperation.Phase.CHOOSING, SplitOperation.Phase.SPLITTING, "20");
        done(id);
        assertThat(split(MIDDLE)).isEqualTo(id);
        assertThat(split("20")).isEqualTo(id);
    }

    @Test
    void aSplitThatCameToNothingIsBegunAnew() {
        String id = split(MIDDLE);
        step(id, SplitOperation.Phase.CHOOSING, SplitOperation.Phase.ABORTED, "");
        String other = split(MIDDLE);
        assertThat(other).isNotEqualTo(id);
        assertThat(table.state().splits().get(other).phase().ended()).isFalse();
    }

    @Test
    void aMergeThatRunsOrIsDoneIsTheSameOne() {
        String id = merge();
        assertThat(merge()).isEqualTo(id);
        step(id, MergeOperation.Phase.COPYING, MergeOperation.Phase.SEALING);
        assertThat(merge()).isEqualTo(id);
        table.made(left, table.state().merges().get(id).into());
        assertThat(table.state().tablets()).doesNotContainKeys(left.id(), right.id());
        assertThat(merge()).isEqualTo(id);
        refused(
                ErrorCode.TABLET_NOT_FOUND,
                () -> merges.merge(HERE, right.id()).join().operation());
        refused(
                ErrorCode.TABLET_NOT_FOUND,
                () -> merges.merge(ELSEWHERE, left.id()).join().operation());
    }

    @Test
    void aMergeThatCameToNothingIsBegunAnew() {
        String id = merge();
        step(id, MergeOperation.Phase.COPYING, MergeOperation.Phase.ABORTED);
        assertThat(merge()).isNotEqualTo(id);
    }

    @Test
    void whatWasDoneToATableOfThatNameThatIsNoMoreIsNotFound() {
        String id = split("30");
        done(id);
        table.apply(new ClusterCommand.DropTable(LoneTable.NAME, table.next()));
        refused(ErrorCode.TABLET_NOT_FOUND, () -> split("30"));
    }

    /** Two at once: the second was decided when the first was not yet written, and is told of that one. */
    @Test
    void whatWasDoneBeforeItWasWrittenIsTheSameOne() {
        metadata.first = () -> done(split("30"));
        String id = split("30");
        assertThat(table.state().splits().keySet()).containsExactly(id);
    }

    private void step(String merge, MergeOperation.Phase from, MergeOperation.Phase to) {
        table.apply(new MergeCommand.Step(merge, from, to, "", table.next()));
    }

    private static void refused(ErrorCode code, Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        EblaException.class, refused -> assertThat(refused.code()).isEqualTo(code));
    }

    /** What is submitted is applied at once. */
    private final class Metadata implements MetadataTablet {

        /** What happens before the next command is applied. */
        private Runnable first = () -> {};

        @Override
        public ClusterState state() {
            return table.state();
        }

        @Override
        public Optional<ClusterState> appliedState() {
            return Optional.of(state());
        }

        @Override
        public CompletableFuture<Verdict> submit(ClusterCommand command) {
            Runnable before = first;
            first = () -> {};
            before.run();
            Verdict verdict = table.tryToApply(command);
            return CompletableFuture.completedFuture(verdict);
        }

        @Override
        public void onChange(BiConsumer<ClusterState, ClusterState> listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean leads() {
            return true;
        }

        @Override
        public void onLeader(Runnable listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Membership membership() {
            return new Membership("m1", "m1", List.of("m1"), Map.of());
        }
    }
}
