package io.ebla.core.cluster;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * Names a tablet for ever: a number that the metadata tablet gives out once.
 *
 * @param value from 1
 */
public record TabletId(long value) implements Comparable<TabletId> {

    public TabletId {
        if (value <= 0) {
            throw new IllegalArgumentException("tablet id " + value + " is not positive");
        }
    }

    /** @throws IllegalArgumentException if the text is no positive number */
    @JsonCreator
    public static TabletId parse(String text) {
        return new TabletId(Long.parseLong(text));
    }

    @JsonValue
    public String text() {
        return Long.toString(value);
    }

    /** As a record's own, which asks more of a machine: every message finds its tablet by it. */
    @Override
    public int hashCode() {
        return Long.hashCode(value);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TabletId id && id.value == value;
    }

    @Override
    public int compareTo(TabletId other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return text();
    }
}
