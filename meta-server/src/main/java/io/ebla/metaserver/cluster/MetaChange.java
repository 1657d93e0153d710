package io.ebla.metaserver.cluster;

import java.util.Objects;

/**
 * A change of the metadata group's membership that was asked for. It is in the metadata so that a next
 * leader goes on with it; its steps are idempotent and need no phase of their own.
 *
 * @param operation its id
 * @param kind what is asked for
 * @param member whom it concerns
 * @param address of a member that joins: its Raft address, {@code host:port}; else ""
 * @param startedAt when it was asked for, ms since the epoch
 * @param state how it is
 * @param detail what there is to say of its end, "" while it runs
 */
public record MetaChange(
        String operation,
        Kind kind,
        String member,
        String address,
        long startedAt,
        State state,
        String detail) {

    public enum Kind {
        /** The member joins, in place of one of that name that lost its disk if there is one. */
        ADD,
        REMOVE
    }

    public enum State {
        RUNNING,
        DONE,
        ABORTED
    }

    public MetaChange {
        Objects.requireNonNull(operation);
        Objects.requireNonNull(kind);
        Objects.requireNonNull(member);
        Objects.requireNonNull(address);
        Objects.requireNonNull(state);
        Objects.requireNonNull(detail);
    }

    public boolean running() {
        return state == State.RUNNING;
    }

    MetaChange ended(State how, String why) {
        return new MetaChange(operation, kind, member, address, startedAt, how, why);
    }
}
