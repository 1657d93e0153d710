package io.ebla.metaserver.cluster;

import io.ebla.core.contract.ErrorCode;

/** A state after a command, and what became of the command. */
public record Change(ClusterState state, Verdict verdict) {

    /** The state that follows, whether or not it differs from the one before. */
    static Change to(ClusterState after, ClusterState before) {
        return new Change(after, after == before ? new Verdict.Unchanged() : new Verdict.Changed());
    }

    static Change refused(ClusterState state, ErrorCode code, String detail) {
        return new Change(state, new Verdict.Refused(code, detail));
    }
}
