package io.ebla.tabletserver.api;

import io.ebla.core.row.Row;
import io.ebla.tabletserver.condition.Precondition;
import io.ebla.tabletserver.tablet.RowCondition;
import java.util.List;
import org.springframework.http.HttpHeaders;

/** The conditional requests of HTTP (RFC 9110, 13) on one row. */
final class Preconditions {

    /** What the conditions of a read come to. */
    enum Verdict {
        PROCEED,
        NOT_MODIFIED,
        FAILED
    }

    private Preconditions() {}

    /**
     * The conditions that the headers of a write set, all of which must hold.
     *
     * @throws io.ebla.core.contract.EblaException for a weak tag, or what is no condition of a write
     */
    static RowCondition ofWrite(HttpHeaders headers) {
        return ifMatch(headers).and(ifNoneMatch(headers)).and(ifUnmodifiedSince(headers));
    }

    private static RowCondition ifMatch(HttpHeaders headers) {
        List<String> lines = headers.get(HttpHeaders.IF_MATCH);
        if (lines == null || lines.isEmpty()) {
            return RowCondition.ALWAYS;
        }
        EntityTags tags = EntityTags.parse(lines);
        if (tags == null || tags.weak()) {
            throw Problems.invalid(
                    "header If-Match must be * or strong tags such as \"VERSION\"; weak ones never match");
        }
        return tags.any() ? Precondition.PRESENT : new Precondition.VersionIsOneOf(tags.versions());
    }

    private static RowCondition ifNoneMatch(HttpHeaders headers) {
        List<String> lines = headers.get(HttpHeaders.IF_NONE_MATCH);
        if (lines == null || lines.isEmpty()) {
            return RowCondition.ALWAYS;
        }
        EntityTags tags = EntityTags.parse(lines);
        if (tags == null || !tags.any()) {
            throw Problems.invalid("header If-None-Match of a write can only be *");
        }
        return Precondition.ABSENT;
    }

    private static RowCondition ifUnmodifiedSince(HttpHeaders headers) {
        String date = headers.getFirst(HttpHeaders.IF_UNMODIFIED_SINCE);
        if (date == null || headers.containsHeader(HttpHeaders.IF_MATCH)) {
            return RowCondition.ALWAYS;
        }
        long since = Times.parseHttpDate(date);
        return since == Long.MIN_VALUE
                ? RowCondition.ALWAYS
                : new Precondition.UnmodifiedSince(since);
    }

    /** What the headers of a GET or HEAD say of a row that is there (13.2.2). */
    static Verdict ofRead(HttpHeaders headers, Row row, String version) {
        List<String> match = headers.get(HttpHeaders.IF_MATCH);
        if (match != null && !match.isEmpty()) {
            EntityTags tags = EntityTags.parse(match);
            if (tags == null || tags.weak() && !tags.any() || !tags.matches(version)) {
                return Verdict.FAILED;
            }
        } else if (unmodifiedSinceFails(headers, row)) {
            return Verdict.FAILED;
        }
        List<String> noneMatch = headers.get(HttpHeaders.IF_NONE_MATCH);
        if (noneMatch != null && !noneMatch.isEmpty()) {
            EntityTags tags = EntityTags.parse(noneMatch);
            return tags != null && tags.matches(version) ? Verdict.NOT_MODIFIED : Verdict.PROCEED;
        }
        String since = headers.getFirst(HttpHeaders.IF_MODIFIED_SINCE);
        if (since == null) {
            return Verdict.PROCEED;
        }
        long date = Times.parseHttpDate(since);
        return date != Long.MIN_VALUE && !modifiedSince(row, date)
                ? Verdict.NOT_MODIFIED
                : Verdict.PROCEED;
    }

    private static boolean unmodifiedSinceFails(HttpHeaders headers, Row row) {
        String date = headers.getFirst(HttpHeaders.IF_UNMODIFIED_SINCE);
        if (date == null) {
            return false;
        }
        long since = Times.parseHttpDate(date);
        return since != Long.MIN_VALUE && modifiedSince(row, since);
    }

    /** An HTTP-date has whole seconds: a row of the same second counts as unmodified. */
    private static boolean modifiedSince(Row row, long sinceMillis) {
        return Math.floorDiv(row.updatedAt(), 1000L) > Math.floorDiv(sinceMillis, 1000L);
    }
}
