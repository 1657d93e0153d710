package io.ebla.metaserver.procedure;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.metaserver.cluster.Change;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterRules;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.cluster.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

/**
 * A metadata group on virtual time: one state, several members, of which one leads. What a member proposed
 * just before it ceased to lead may have been written or not, and it is not told.
 */
final class FakeMetadata {

    private static final long WRITE_MILLIS = 5;

    private final VirtualTime time;
    private final List<ClusterCommand> applied = new ArrayList<>();
    private final List<BiConsumer<ClusterState, ClusterState>> listeners = new ArrayList<>();
    private ClusterState state = ClusterState.founded("cluster");
    private String leader = "m1";

    /** Is told of each state and the one before it. */
    BiConsumer<ClusterState, ClusterState> watcher = (before, after) -> {};

    /** What becomes of proposals whose member does not lead any more when they are due. */
    boolean lostProposalsAreWritten;

    FakeMetadata(VirtualTime time) {
        this.time = time;
    }

    ClusterState state() {
        return state;
    }

    List<ClusterCommand> applied() {
        return applied;
    }

    void lead(String member) {
        leader = member;
    }

    Verdict apply(ClusterCommand command) {
        Change change = ClusterRules.apply(state, command);
        ClusterState before = state;
        state = change.state();
        applied.add(command);
        watcher.accept(before, state);
        if (before != state) {
            listeners.forEach(each -> each.accept(before, state));
        }
        return change.verdict();
    }

    MetadataTablet member(String id) {
        return new Member(id);
    }

    private final class Member implements MetadataTablet {

        private final String id;

        Member(String id) {
            this.id = id;
        }

        @Override
        public ClusterState state() {
            if (!leads()) {
                throw new EblaException(ErrorCode.META_UNAVAILABLE, id + " does not lead");
            }
            return state;
        }

        @Override
        public Optional<ClusterState> appliedState() {
            return Optional.of(state);
        }

        @Override
        public CompletableFuture<Verdict> submit(ClusterCommand command) {
            CompletableFuture<Verdict> answer = new CompletableFuture<>();
            if (!leads()) {
                answer.completeExceptionally(unavailable(Outcome.NOT_APPLIED));
                return answer;
            }
            time.after(
                    WRITE_MILLIS,
                    () -> {
                        if (leads()) {
                            answer.complete(apply(command));
                        } else {
                            if (lostProposalsAreWritten) {
                                apply(command);
                            }
                            answer.completeExceptionally(unavailable(Outcome.UNKNOWN));
                        }
                    });
            return answer;
        }

        private EblaException unavailable(Outcome outcome) {
            return new EblaException(ErrorCode.META_UNAVAILABLE, id + " does not lead")
                    .withOutcome(outcome);
        }

        @Override
        public void onChange(BiConsumer<ClusterState, ClusterState> listener) {
            listeners.add(listener);
        }

        @Override
        public boolean leads() {
            return id.equals(leader);
        }

        @Override
        public void onLeader(Runnable listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Membership membership() {
            return new Membership(id, leader, List.of("m1", "m2"), Map.of());
        }
    }
}
