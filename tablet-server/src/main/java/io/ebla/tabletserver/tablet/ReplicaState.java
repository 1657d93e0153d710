package io.ebla.tabletserver.tablet;

import java.util.function.Consumer;

/**
 * What one replica stands on: what it is, its log, what it promised, and what is on the way to its store.
 * Shared by the parts of its writer.
 */
record ReplicaState(
        TabletParts parts, Role role, LogEnd log, Promises promises, Applying applying) {

    /** @param commands runs a task in a turn of the writer */
    static ReplicaState of(
            TabletParts parts, TabletRecovery.Recovered recovered, Consumer<Runnable> commands) {
        return new ReplicaState(
                parts,
                new Role(parts.tablet(), parts.grant()),
                new LogEnd(parts.tablet(), parts.env(), parts.history(), recovered),
                new Promises(parts.tablet(), parts.env(), commands, recovered.promisedEpoch()),
                new Applying(parts.tablet(), parts.env(), recovered));
    }
}
