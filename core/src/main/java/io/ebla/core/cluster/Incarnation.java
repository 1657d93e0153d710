package io.ebla.core.cluster;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/** Random name of one run of a server process: a restarted one has another (E1). */
public record Incarnation(String value) implements Comparable<Incarnation> {

    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9-]{1,64}");

    public Incarnation {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("'" + value + "' is no incarnation");
        }
    }

    @JsonCreator
    public static Incarnation of(String value) {
        return new Incarnation(value);
    }

    @JsonValue
    @Override
    public String value() {
        return value;
    }

    @Override
    public int compareTo(Incarnation other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
