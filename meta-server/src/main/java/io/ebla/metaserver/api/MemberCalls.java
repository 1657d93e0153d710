package io.ebla.metaserver.api;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MetaChange;
import io.ebla.metaserver.cluster.MetaGroupCommand;
import io.ebla.metaserver.cluster.MetadataTablet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;

/** Calls about the meta-servers themselves. What is begun here is carried out by whoever leads. */
final class MemberCalls {

    private static final Pattern MEMBER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,62}");
    private static final Pattern ADDRESS =
            Pattern.compile("[^\\s/:]+:\\d{1,5}|\\[[^]\\s]+]:\\d{1,5}");

    private final MetadataTablet metadata;
    private final Proposals proposals;
    private final Clock clock;

    MemberCalls(MetadataTablet metadata, Clock clock) {
        this.metadata = metadata;
        this.proposals = new Proposals(metadata);
        this.clock = clock;
    }

    /** What is known already is not written again: it is said at every start. */
    CompletableFuture<Boolean> publish(MetaApi.MetaMember member) {
        requireMember(member.member());
        requireAddress(member.address());
        String known = metadata.state().metaGroup().addresses().get(member.member());
        if (member.address().equals(known)) {
            return CompletableFuture.completedFuture(false);
        }
        return proposals.propose(
                new MetaGroupCommand.Publish(
                        member.member(), member.address(), clock.wallMillis()));
    }

    /** Takes a member in, in place of the one of that name that lost its disk if there is one. */
    CompletableFuture<MetaApi.Begun> add(String member, MetaApi.MetaAddress joining) {
        requireMember(member);
        requireAddress(joining.address());
        requireGroup();
        return begin(MetaChange.Kind.ADD, member, joining.address());
    }

    CompletableFuture<MetaApi.Begun> remove(String member) {
        requireGroup();
        MetadataTablet.Membership membership = metadata.membership();
        if (!membership.addresses().containsKey(member)) {
            throw new EblaException(
                    ErrorCode.NODE_NOT_FOUND,
                    "no meta-server "
                            + member
                            + "; there are "
                            + String.join(", ", membership.members()));
        }
        if (membership.members().equals(List.of(member))) {
            throw new EblaException(
                    ErrorCode.NOT_ENOUGH_NODES, member + " is the only meta-server left");
        }
        return begin(MetaChange.Kind.REMOVE, member, membership.addresses().get(member));
    }

    private CompletableFuture<MetaApi.Begun> begin(
            MetaChange.Kind kind, String member, String address) {
        ClusterState state = metadata.state();
        long now = clock.wallMillis();
        MetaChange change =
                new MetaChange(
                        "meta-" + state.version(),
                        kind,
                        member,
                        address,
                        now,
                        MetaChange.State.RUNNING,
                        "");
        return proposals
                .propose(new MetaGroupCommand.Begin(change, now))
                .thenApply(begun -> new MetaApi.Begun(change.operation()));
    }

    private void requireGroup() {
        if (metadata.membership().addresses().isEmpty()) {
            throw new EblaException(
                    ErrorCode.NOT_ENOUGH_NODES,
                    "this meta-server is alone for good: it was started without --peers");
        }
    }

    private static void requireMember(String member) {
        if (member == null || !MEMBER.matcher(member).matches()) {
            throw new EblaException(
                    ErrorCode.INVALID_ARGUMENT, "'" + member + "' is no name of a meta-server");
        }
    }

    private static void requireAddress(String address) {
        if (address == null || !ADDRESS.matcher(address).matches()) {
            throw new EblaException(
                    ErrorCode.INVALID_ARGUMENT, "'" + address + "' is no address, host:port");
        }
    }
}
