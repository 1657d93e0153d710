package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.contract.EblaException;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import io.ebla.core.row.RowVersion;
import io.ebla.tabletserver.api.Preconditions.Verdict;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpHeaders;

class PreconditionsTest {

    private static final RowKey KEY = RowKey.of("k");
    private static final Row ROW =
            new Row(
                    KEY,
                    Bytes.utf8("v"),
                    1,
                    "text/plain",
                    new RowVersion(1, 2, 0),
                    0,
                    Instant.parse("2024-01-02T03:04:05.678Z").toEpochMilli(),
                    0);
    private static final String VERSION = ROW.version().text();
    private static final String ITS_SECOND = "Tue, 02 Jan 2024 03:04:05 GMT";
    private static final String BEFORE = "Tue, 02 Jan 2024 03:04:04 GMT";

    @Test
    void ifMatchTakesTheVersionAmongOthersAndTheStar() {
        assertThat(holds("If-Match", "\"" + VERSION + "\"", ROW)).isTrue();
        assertThat(holds("If-Match", "\"x\" , \"" + VERSION + "\",", ROW)).isTrue();
        assertThat(holds("If-Match", "\"x\"", ROW)).isFalse();
        assertThat(holds("If-Match", "*", ROW)).isTrue();
        assertThat(holds("If-Match", "*", null)).isFalse();
        assertThat(holds("If-Match", "\"" + VERSION + "\"", null)).isFalse();
    }

    @Test
    void ifNoneMatchOfAWriteIsTheStar() {
        assertThat(holds("If-None-Match", "*", null)).isTrue();
        assertThat(holds("If-None-Match", "*", ROW)).isFalse();
    }

    @Test
    void ifUnmodifiedSinceOfAWriteCountsInSeconds() {
        assertThat(holds("If-Unmodified-Since", ITS_SECOND, ROW)).isTrue();
        assertThat(holds("If-Unmodified-Since", BEFORE, ROW)).isFalse();
        assertThat(holds("If-Unmodified-Since", BEFORE, null)).isTrue();
        assertThat(holds("If-Unmodified-Since", "yesterday", ROW)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"W/\"a\"", "a", "\"a", "\"a\" \"b\"", "*, \"a\"", "", ","})
    void aWriteRefusesWeakAndMalformedTags(String header) {
        HttpHeaders headers = headers("If-Match", header);
        assertThatThrownBy(() -> Preconditions.ofWrite(headers)).isInstanceOf(EblaException.class);
        HttpHeaders none = headers("If-None-Match", header);
        assertThatThrownBy(() -> Preconditions.ofWrite(none)).isInstanceOf(EblaException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "If-None-Match | \"1.2.0\" | NOT_MODIFIED",
                "If-None-Match | W/\"1.2.0\" | NOT_MODIFIED",
                "If-None-Match | \"a\", W/\"1.2.0\" | NOT_MODIFIED",
                "If-None-Match | * | NOT_MODIFIED",
                "If-None-Match | \"a\" | PROCEED",
                "If-None-Match | rubbish | PROCEED",
                "If-Modified-Since | " + ITS_SECOND + " | NOT_MODIFIED",
                "If-Modified-Since | " + BEFORE + " | PROCEED",
                "If-Modified-Since | rubbish | PROCEED",
                "If-Match | \"1.2.0\" | PROCEED",
                "If-Match | W/\"1.2.0\" | FAILED",
                "If-Match | \"a\" | FAILED",
                "If-Match | * | PROCEED",
                "If-Unmodified-Since | " + ITS_SECOND + " | PROCEED",
                "If-Unmodified-Since | " + BEFORE + " | FAILED"
            })
    void judgesReads(String name, String value, Verdict verdict) {
        assertThat(Preconditions.ofRead(headers(name, value), ROW, VERSION)).isEqualTo(verdict);
    }

    @Test
    void entityTagsBeatDates() {
        HttpHeaders headers = headers("If-None-Match", "\"a\"");
        headers.set("If-Modified-Since", ITS_SECOND);
        assertThat(Preconditions.ofRead(headers, ROW, VERSION)).isEqualTo(Verdict.PROCEED);
    }

    @Test
    void linesOfOneHeaderAreOneList() {
        HttpHeaders headers = new HttpHeaders();
        headers.addAll("If-None-Match", List.of("\"a\"", "\"" + VERSION + "\""));
        assertThat(Preconditions.ofRead(headers, ROW, VERSION)).isEqualTo(Verdict.NOT_MODIFIED);
    }

    private static boolean holds(String name, String value, Row row) {
        return Preconditions.ofWrite(headers(name, value)).holds(KEY, Optional.ofNullable(row));
    }

    private static HttpHeaders headers(String name, String value) {
        HttpHeaders headers = new HttpHeaders();
        headers.set(name, value);
        return headers;
    }
}
