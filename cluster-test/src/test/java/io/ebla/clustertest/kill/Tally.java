package io.ebla.clustertest.kill;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.process.Answer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts what the server answered, and refuses answers that are never right. Thread-safe. */
final class Tally {

    private final LongAdder committed = new LongAdder();
    private final LongAdder unknown = new LongAdder();
    private final LongAdder notApplied = new LongAdder();
    private final LongAdder unknownButThere = new LongAdder();
    private final Set<String> versions = ConcurrentHashMap.newKeySet();

    /** Takes the answer to a write; the answer. */
    Answer count(Answer answer) {
        switch (answer.outcome()) {
            case "committed" -> committed.increment();
            case "unknown" -> unknown.increment();
            case "not_applied" -> notApplied.increment();
            default -> throw new AssertionError("no answer to a write: " + answer);
        }
        assertThat(answer.status()).as("%s", answer).isNotEqualTo(500);
        return answer;
    }

    /** Takes the version a new write was given. */
    void version(String pk, String version) {
        assertThat(version).isNotEmpty();
        assertThat(versions.add(pk + " " + version))
                .as("version %s was given to two writes of %s", version, pk)
                .isTrue();
    }

    void bulk(long rowsCommitted, long rowsUnknown) {
        committed.add(rowsCommitted);
        unknown.add(rowsUnknown);
    }

    void foundThere() {
        unknownButThere.increment();
    }

    long committedCount() {
        return committed.sum();
    }

    long unknownCount() {
        return unknown.sum();
    }

    @Override
    public String toString() {
        return committed
                + " committed, "
                + unknown
                + " unknown ("
                + unknownButThere
                + " of them found there), "
                + notApplied
                + " not applied";
    }
}
