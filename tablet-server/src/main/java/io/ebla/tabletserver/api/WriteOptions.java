package io.ebla.tabletserver.api;

import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.contract.EblaException;
import io.ebla.core.time.Durations;
import io.ebla.tabletserver.tablet.RowCondition;
import io.ebla.tabletserver.tablet.WriteRequest;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;

/**
 * The query of a write, read once: how long to wait and for whom, how long the row lives, and under
 * which condition.
 *
 * @param copies as {@link WriteRequest#copies()}
 * @param timeoutMillis how long the caller waits
 * @param revert whether a write is taken back, if it can be, when that wait runs out
 * @param ttl the text of {@code ttl}, null when it is not given
 * @param ttlMillis its lifetime, 0 for never; meaningless without a text
 * @param ifText the text of {@code if}, null when it is not given
 * @param condition what {@code if} compiles to
 */
record WriteOptions(
        int copies,
        long timeoutMillis,
        boolean revert,
        String ttl,
        long ttlMillis,
        String ifText,
        RowCondition condition) {

    /** What a write of one row may ask for. */
    static final Set<String> OF_ROW = Set.of("acks", "timeout", "onTimeout", "ttl", "if");

    static final String NEVER = "never";

    /** @param conditions compiles an expression, or refuses it */
    static WriteOptions parse(
            Parameters parameters, ApiLimits limits, Function<String, RowCondition> conditions) {
        String ttl = parameters.text("ttl");
        String ifText = parameters.text("if");
        return new WriteOptions(
                copies(parameters.text("acks")),
                parameters.timeoutMillis(limits),
                revert(parameters),
                ttl,
                ttl == null ? 0 : ttlMillis(ttl),
                ifText,
                ifText == null ? RowCondition.ALWAYS : conditions.apply(ifText));
    }

    private static boolean revert(Parameters parameters) {
        String value = parameters.text("onTimeout");
        if (value != null && !value.equals("keep") && !value.equals("revert")) {
            throw Parameters.invalid("onTimeout", "is '" + value + "', neither keep nor revert");
        }
        return "revert".equals(value);
    }

    private static int copies(String acks) {
        if (acks == null) {
            return WriteRequest.QUORUM;
        }
        return switch (acks) {
            case "quorum" -> WriteRequest.QUORUM;
            case "all" -> WriteRequest.ALL;
            case "local" -> 1;
            default -> number(acks);
        };
    }

    private static int number(String acks) {
        boolean digits = !acks.isEmpty() && acks.length() <= 4;
        for (int i = 0; digits && i < acks.length(); i++) {
            digits = acks.charAt(i) >= '0' && acks.charAt(i) <= '9';
        }
        int copies = digits ? Integer.parseInt(acks) : 0;
        if (copies == 0) {
            throw Parameters.invalid(
                    "acks", "is '" + acks + "', not local, quorum, all or a number from 1");
        }
        return copies;
    }

    /**
     * A lifetime, 0 for never.
     *
     * @throws EblaException {@code invalid_argument} for what is no lifetime, or none at all
     */
    static long ttlMillis(String text) {
        if (text.equals(NEVER)) {
            return 0;
        }
        OptionalLong millis = Durations.parseMillis(text);
        if (millis.isEmpty() || millis.getAsLong() <= 0) {
            throw Problems.invalid(
                    "ttl is '" + text + "'; write a lifetime such as 500ms, 24h, 7d or never");
        }
        return millis.getAsLong();
    }

    /** The lifetime of a row written with these options into a table. */
    long ttlMillisIn(TableDescriptor table) {
        return ttl == null ? table.ttlMillis() : ttlMillis;
    }

    /** @throws EblaException when more copies are asked for than the table has */
    void requireEnoughReplicas(TableDescriptor table) {
        if (copies > table.replicas()) {
            throw Parameters.invalid(
                    "acks", "asks for " + copies + " copies of " + table.replicas() + " replicas");
        }
    }
}
