package io.ebla.clustertest.history;

import io.ebla.clustertest.history.Call.Kind;
import java.util.List;
import java.util.Optional;

/** An operation, or half of one, as a step from one state of an object's rows to the next. */
sealed interface Move {

    /** The state after it: the same array if nothing changes, null if it is impossible here. */
    int[] apply(int[] state);

    /** Whether it never changes a row, so that taking it as early as it fits loses nothing. */
    default boolean observes() {
        return false;
    }

    /** What a read found in one row. */
    record Sight(int row, int value, int version, boolean owned) {}

    /** A read; waits for the end of what is being undone (rule W3). */
    record Look(List<Sight> sights) implements Move {
        @Override
        public int[] apply(int[] state) {
            int[] after = state;
            for (Sight sight : sights) {
                if (RowStates.hidden(state, sight.row) != 0
                        || RowStates.value(state, sight.row) != sight.value) {
                    return null;
                }
                int version = RowStates.version(state, sight.row);
                if (sight.value == RowStates.ABSENT || version == sight.version) {
                    continue;
                }
                if (version != RowStates.OPEN || sight.owned) {
                    return null;
                }
                after = after == state ? state.clone() : after;
                RowStates.set(after, sight.row, sight.value, sight.version);
            }
            return after;
        }

        @Override
        public boolean observes() {
            return true;
        }
    }

    /** A write whose condition failed. */
    record Refusal(List<Demand> demands) implements Move {
        @Override
        public int[] apply(int[] state) {
            return demands.stream().anyMatch(demand -> demand.mayFail(state)) ? state : null;
        }

        @Override
        public boolean observes() {
            return true;
        }
    }

    /** What a write leaves in one row. */
    record Effect(Kind kind, Demand demand, int value, int version) {
        int row() {
            return demand.row();
        }
    }

    /**
     * A write that takes effect.
     *
     * @param created whether the row was absent before, where that was told
     */
    record Change(List<Effect> effects, Optional<Boolean> created) implements Move {
        @Override
        public int[] apply(int[] state) {
            for (Effect effect : effects) {
                if (!possible(effect, state)) {
                    return null;
                }
            }
            int[] after = state.clone();
            for (Effect effect : effects) {
                switch (effect.kind) {
                    case PUT -> RowStates.set(after, effect.row(), effect.value, effect.version);
                    case DELETE ->
                            RowStates.set(after, effect.row(), RowStates.ABSENT, RowStates.UNTOLD);
                    case CHECK -> bind(after, effect.demand);
                }
            }
            return after;
        }

        private boolean possible(Effect effect, int[] state) {
            boolean covered = RowStates.hidden(state, effect.row()) != 0;
            if (!effect.demand.mayHold(state) || (covered && effect.kind != Kind.CHECK)) {
                return false;
            }
            boolean absent = RowStates.value(state, effect.row()) == RowStates.ABSENT;
            return created.isEmpty() || created.get() == absent;
        }

        private static void bind(int[] state, Demand demand) {
            if (demand.kind() == Demand.Kind.VERSION) {
                int value = RowStates.value(state, demand.row());
                RowStates.set(state, demand.row(), value, demand.version());
            }
        }
    }

    /**
     * The first half of a write that was reverted: conditions see it from now on.
     *
     * @param number above zero, its own
     */
    record Cover(int number, List<Effect> effects) implements Move {
        @Override
        public int[] apply(int[] state) {
            int[] after = state.clone();
            for (Effect effect : effects) {
                boolean covered = RowStates.hidden(state, effect.row()) != 0;
                if (!effect.demand.mayHold(state) || (covered && effect.kind != Kind.CHECK)) {
                    return null;
                }
                if (effect.kind != Kind.CHECK) {
                    RowStates.hide(after, effect.row(), effect.kind == Kind.PUT ? number : -number);
                }
            }
            return after;
        }
    }

    /** The second half: the old contents again, under new versions. */
    record Undo(int number, List<Integer> rows) implements Move {
        @Override
        public int[] apply(int[] state) {
            int[] after = state.clone();
            for (int row : rows) {
                if (Math.abs(RowStates.hidden(state, row)) != number) {
                    return null;
                }
                RowStates.hide(after, row, 0);
                int value = RowStates.value(state, row);
                if (value != RowStates.ABSENT) {
                    boolean seen = value != RowStates.UNSEEN;
                    RowStates.set(after, row, value, seen ? RowStates.OPEN : RowStates.UNTOLD);
                }
            }
            return after;
        }
    }
}
