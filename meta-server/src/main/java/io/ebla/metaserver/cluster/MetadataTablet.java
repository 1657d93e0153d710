package io.ebla.metaserver.cluster;

import io.ebla.core.contract.EblaException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

/**
 * The replicated log of {@link ClusterCommand}s and the state that follows it.
 *
 * <p>Any thread may call; nothing here blocks.
 */
public interface MetadataTablet {

    /**
     * The applied state.
     *
     * @throws EblaException {@code meta_unavailable} if this member is not a leader that is ready
     */
    ClusterState state();

    /** What this member has applied, leader or not: never wrong, maybe behind. Empty while it has no log. */
    Optional<ClusterState> appliedState();

    /**
     * Proposes a command. When the future completes with a verdict, the command is committed and
     * {@link #state()} reflects it. It fails with {@code meta_unavailable}: with outcome {@code
     * not_applied} if it was certainly not appended, with {@code unknown} if that cannot be told.
     * It may complete on the thread that applies commands, which must not be held up.
     */
    CompletableFuture<Verdict> submit(ClusterCommand command);

    /**
     * Calls the listener after each change, with the state before and after it, in order, on the thread that
     * applies commands. One change is one command, or many where this member was far behind.
     */
    void onChange(BiConsumer<ClusterState, ClusterState> listener);

    /** Whether this member leads and has applied all that was committed before it did. */
    boolean leads();

    /**
     * Calls the listener after this member began or ceased to lead, or heard of another leader, on a
     * thread that must not be held up. It may be called more often than that.
     */
    void onLeader(Runnable listener);

    /** The members of the group and the one that leads it. */
    Membership membership();

    /**
     * @param self the id of this member
     * @param leader the id of the leading member, "" while there is none
     * @param members the ids of all members that vote
     * @param addresses the members that others can reach, with their Raft addresses, {@code host:port}
     */
    record Membership(
            String self, String leader, List<String> members, Map<String, String> addresses) {

        public Membership {
            members = List.copyOf(members);
            addresses = Map.copyOf(addresses);
        }
    }
}
