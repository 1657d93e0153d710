package io.ebla.clustertest.history;

/**
 * A condition on one row, in the numbers of the search.
 *
 * @param version asked for, if that is what it asks
 * @param owned whether a write was told this version as its own, so that no revert can have made it
 */
record Demand(Kind kind, int row, int version, boolean owned) {

    enum Kind {
        NOTHING,
        ABSENT,
        EXISTS,
        VERSION
    }

    /** Whether it can hold; where the version is open, it could be this one. */
    boolean mayHold(int[] state) {
        return switch (kind) {
            case NOTHING -> true;
            case ABSENT -> !RowStates.exists(state, row);
            case EXISTS -> RowStates.exists(state, row);
            case VERSION -> standsThere(state) || (open(state) && !owned);
        };
    }

    /** Whether it can fail; where the version is open, it could be another one. */
    boolean mayFail(int[] state) {
        return kind == Kind.VERSION ? !standsThere(state) : kind != Kind.NOTHING && !mayHold(state);
    }

    private boolean standsThere(int[] state) {
        return RowStates.hidden(state, row) == 0
                && RowStates.value(state, row) != RowStates.ABSENT
                && RowStates.version(state, row) == version;
    }

    private boolean open(int[] state) {
        return RowStates.hidden(state, row) == 0
                && RowStates.value(state, row) != RowStates.ABSENT
                && RowStates.version(state, row) == RowStates.OPEN;
    }
}
