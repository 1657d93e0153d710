package io.ebla.tabletserver.routing;

import io.ebla.core.cluster.NodeId;

/** Told of what is handed on to other nodes, for metrics. Any thread: short, never blocking. */
public interface RoutingObserver {

    RoutingObserver NONE = new RoutingObserver() {};

    /** How a call to another node ended. */
    enum Forwarded {
        /** It was answered, well or not. */
        ANSWERED,
        /** There are too many calls to that node already. */
        BUSY,
        /** It was not sent, or refused before anybody looked at it. */
        NOT_SENT,
        /** The connection was lost after it was sent. */
        LOST,
        /** Nothing came back in time. */
        LATE
    }

    /** @param operation one of a few fixed names */
    default void forwarded(NodeId to, String operation, Forwarded how) {}

    /** A request is tried again after an attempt that could not be answered where it was made. */
    default void repeated() {}
}
