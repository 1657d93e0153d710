package io.ebla.metaserver.election;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MetadataTablet;
import java.util.Optional;

/** The state as the leader sees it, or nothing on a member that does not lead. */
public final class Leading {

    private Leading() {}

    public static Optional<ClusterState> state(MetadataTablet metadata) {
        try {
            return Optional.of(metadata.state());
        } catch (EblaException notLeading) {
            if (notLeading.code() != ErrorCode.META_UNAVAILABLE) {
                throw notLeading;
            }
            return Optional.empty();
        }
    }
}
