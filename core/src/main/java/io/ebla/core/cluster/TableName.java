package io.ebla.core.cluster;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** The name of a table. */
public record TableName(String value) implements Comparable<TableName> {

    public TableName {
        if (!value.matches("[a-z][a-z0-9_-]{0,62}")) {
            throw new IllegalArgumentException(
                    "'" + value + "' is no table name ([a-z][a-z0-9_-]{0,62})");
        }
    }

    @JsonCreator
    public static TableName of(String value) {
        return new TableName(value);
    }

    @JsonValue
    @Override
    public String value() {
        return value;
    }

    @Override
    public int compareTo(TableName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
