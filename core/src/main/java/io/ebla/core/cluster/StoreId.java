package io.ebla.core.cluster;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/** Random name of one data directory: a wiped disk has another one (E10). */
public record StoreId(String value) implements Comparable<StoreId> {

    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9-]{1,64}");

    public StoreId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("'" + value + "' is no store id");
        }
    }

    @JsonCreator
    public static StoreId of(String value) {
        return new StoreId(value);
    }

    @JsonValue
    @Override
    public String value() {
        return value;
    }

    @Override
    public int compareTo(StoreId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
