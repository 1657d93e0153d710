package io.ebla.metaserver.election;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletId;
import java.util.Objects;

/**
 * A tablet that needs a master.
 *
 * @param tablet the tablet
 * @param wanted who had best become it, or null
 * @param passedOver who had better not, for it did not serve, or null
 * @param cause why, for the log
 */
public record Vacancy(TabletId tablet, NodeId wanted, NodeId passedOver, String cause) {

    public Vacancy {
        Objects.requireNonNull(tablet);
        Objects.requireNonNull(cause);
    }
}
