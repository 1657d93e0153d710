package io.ebla.clustertest.history;

/**
 * How the state of an object's rows is written down: three numbers a row in one array, which is never
 * changed once it is part of a configuration.
 *
 * <p>Value and version are numbers that {@link Told} gave; values and versions that no client was ever
 * told are all the same to the search ({@link #UNSEEN}, {@link #UNTOLD}). The third number names a write
 * that is answered {@code reverted} and stands over the row until it is undone: conditions see it, reads
 * wait for its end.
 */
final class RowStates {

    /** The value of a row that is not there. */
    static final int ABSENT = -1;

    /** Some value that no read ever returned. */
    static final int UNSEEN = -2;

    /** A version that appears in no answer and no condition. */
    static final int UNTOLD = -3;

    /** A version made by a revert, not told yet: the first that is told of it binds it. */
    static final int OPEN = -4;

    private static final int WIDTH = 3;

    private RowStates() {}

    static int[] absent(int rows) {
        int[] state = new int[rows * WIDTH];
        for (int row = 0; row < rows; row++) {
            set(state, row, ABSENT, UNTOLD);
        }
        return state;
    }

    static int value(int[] state, int row) {
        return state[row * WIDTH];
    }

    static int version(int[] state, int row) {
        return state[row * WIDTH + 1];
    }

    /** The write to be undone: its number, negative if it deletes the row; 0 for none. */
    static int hidden(int[] state, int row) {
        return state[row * WIDTH + 2];
    }

    static void set(int[] state, int row, int value, int version) {
        state[row * WIDTH] = value;
        state[row * WIDTH + 1] = version;
    }

    static void hide(int[] state, int row, int write) {
        state[row * WIDTH + 2] = write;
    }

    /** Whether conditions find the row. */
    static boolean exists(int[] state, int row) {
        int hidden = hidden(state, row);
        return hidden == 0 ? value(state, row) != ABSENT : hidden > 0;
    }
}
