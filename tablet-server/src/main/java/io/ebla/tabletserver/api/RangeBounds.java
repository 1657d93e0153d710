package io.ebla.tabletserver.api;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import java.util.Set;

/**
 * Which rows a range request is about: {@code from}/{@code to} or {@code prefix} on the pk, or on the
 * sk of one {@code pk}. An empty bound is no bound.
 *
 * @param unbounded whether the request set no bound at all
 */
record RangeBounds(KeyRange range, boolean unbounded) {

    static final Set<String> PARAMETERS = Set.of("from", "to", "prefix", "pk");

    static RangeBounds parse(Parameters parameters, Keys keys) {
        if (parameters.has("prefix") && (parameters.has("from") || parameters.has("to"))) {
            throw Problems.invalid("a range is given by prefix or by from and to, not by both");
        }
        Bytes from = bound(parameters, "from", keys);
        Bytes to = bound(parameters, "to", keys);
        Bytes prefix = bound(parameters, "prefix", keys);
        if (parameters.has("pk")) {
            Bytes pk = keys.checkedPart(parameters.raw("pk"));
            return new RangeBounds(
                    prefix == null ? KeyRange.ofSks(pk, from, to) : KeyRange.ofSkPrefix(pk, prefix),
                    false);
        }
        if (prefix != null) {
            return new RangeBounds(KeyRange.ofPkPrefix(prefix), false);
        }
        KeyRange range =
                KeyRange.ofPks(from == null ? Bytes.EMPTY : from, to == null ? Bytes.EMPTY : to);
        return new RangeBounds(range, from == null && to == null);
    }

    private static Bytes bound(Parameters parameters, String name, Keys keys) {
        Bytes value = parameters.raw(name);
        return value == null || value.isEmpty() ? null : keys.checkedPart(value);
    }
}
