package io.ebla.tabletserver.tablet;

/**
 * A tablet that is about to close: it takes no new write, and finishes those it has while it can. Writer
 * only.
 */
final class Draining {

    private final TabletParts parts;
    private final Role role;
    private final Applying applying;
    private final Term term;
    private final GroupWriter writer;
    private final Acks acks;
    private Runnable whenDone;

    Draining(ReplicaState state, Term term, GroupWriter writer, Acks acks) {
        this.parts = state.parts();
        this.role = state.role();
        this.applying = state.applying();
        this.term = term;
        this.writer = writer;
        this.acks = acks;
    }

    void begin(Runnable task) {
        if (role.state() == TabletState.SERVING) {
            role.become(TabletState.DRAINING);
        }
        whenDone = task;
    }

    /** Runs the task once nothing is left to finish, or nothing can be. */
    void finish() {
        boolean idle = writer.isIdle() && applying.inFlight().isEmpty();
        boolean done = idle && parts.mailbox().operations() == 0 && acks.isEmpty();
        boolean ends = role.state() != TabletState.DRAINING || done || term.cutOff();
        if (whenDone != null && ends) {
            Runnable task = whenDone;
            whenDone = null;
            task.run();
        }
    }
}
