package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;

/**
 * A snapshot on its way to take the store's place (L5): from the master's word until it has, or does not.
 * Meanwhile the log grows no further; once the snapshot is whole, nothing touches log or store. Writer
 * only.
 */
final class StoreReplacement {

    private final Env env;
    private final Role role;
    private final LogEnd log;
    private final Applying applying;
    private final Following following;
    private boolean underWay;
    private Runnable whenQuiet;

    StoreReplacement(ReplicaState state, Following following) {
        this.env = state.parts().env();
        this.role = state.role();
        this.log = state.log();
        this.applying = state.applying();
        this.following = following;
    }

    boolean isUnderWay() {
        return underWay;
    }

    /** The log that it lacks is gone: the store is fetched from its master's node. */
    void want(NodeId from) {
        if (role.state().follows() && !underWay) {
            underWay = true;
            env.rebuild(from);
        }
    }

    /**
     * The snapshot is whole, and waits for the writer to be quiet; else it is of no use any more, and under
     * way until it is thrown away: {@link #end} is told of each once, or it would end the next.
     */
    void begin(long index, Runnable whenIsQuiet, Runnable otherwise) {
        if (!role.state().follows() || index <= applying.applied().index()) {
            otherwise.run();
        } else {
            role.become(TabletState.REBUILDING);
            following.end();
            whenQuiet = whenIsQuiet;
        }
    }

    /** Runs what waits for quiet once nothing is on its way to log or store; the end of every turn. */
    void proceed() {
        if (whenQuiet != null && log.appendsInFlight() == 0) {
            Runnable task = whenQuiet;
            whenQuiet = null;
            task.run();
        }
    }

    /** It comes to nothing: the master says what is next. */
    void end() {
        underWay = false;
        if (role.state() == TabletState.REBUILDING) {
            role.rest();
        }
    }
}
