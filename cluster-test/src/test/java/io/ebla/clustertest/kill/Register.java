package io.ebla.clustertest.kill;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.process.Answer;
import java.util.HashSet;
import java.util.Set;

/**
 * What one thing written by one writer may hold: the last value that was committed, or one that was
 * written later with an unknown end. {@link #ABSENT} stands for no row.
 */
final class Register {

    static final String ABSENT = "absent";

    private final Set<String> possible = new HashSet<>(Set.of(ABSENT));
    private final Tally tally;
    private String lastCertain = ABSENT;

    Register(Tally tally) {
        this.tally = tally;
    }

    /** Takes the answer to a write of this value. */
    void wrote(String value, Answer answer) {
        if (answer.unknown()) {
            maybe(value);
        } else if (answer.committed() && answer.ok()) {
            committed(value);
        }
    }

    void committed(String value) {
        possible.clear();
        possible.add(value);
        lastCertain = value;
    }

    /** Takes a value whose write has an unknown end. */
    void maybe(String value) {
        possible.add(value);
    }

    /** Whether only one value is possible. */
    boolean certain() {
        return possible.size() == 1;
    }

    boolean mayBe(String value) {
        return possible.contains(value);
    }

    /** Holds what was read against what is possible; from now on it is that. */
    void read(String what, String value) {
        assertThat(possible).as("what %s may hold", what).contains(value);
        if (!value.equals(lastCertain)) {
            tally.foundThere();
        }
        committed(value);
    }
}
