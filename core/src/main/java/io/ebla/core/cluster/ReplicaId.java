package io.ebla.core.cluster;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** Random name of one replica of one tablet, in its data and in meta (E10). */
public record ReplicaId(String value) implements Comparable<ReplicaId> {

    public ReplicaId {
        if (!value.matches("[A-Za-z0-9-]{1,64}")) {
            throw new IllegalArgumentException("'" + value + "' is no replica id");
        }
    }

    @JsonCreator
    public static ReplicaId of(String value) {
        return new ReplicaId(value);
    }

    @JsonValue
    @Override
    public String value() {
        return value;
    }

    @Override
    public int compareTo(ReplicaId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
