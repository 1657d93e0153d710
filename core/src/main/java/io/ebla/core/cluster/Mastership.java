package io.ebla.core.cluster;

import java.util.Objects;

/**
 * Who orders the writes of a tablet (E1): not a node, but one run of its process in one epoch.
 *
 * @param epoch from 1, rising with every mastership of the tablet
 * @param node the master
 * @param incarnation the run of its process that was elected
 */
public record Mastership(long epoch, NodeId node, Incarnation incarnation) {

    public Mastership {
        Objects.requireNonNull(node);
        Objects.requireNonNull(incarnation);
        if (epoch <= 0) {
            throw new IllegalArgumentException("epoch " + epoch);
        }
    }
}
