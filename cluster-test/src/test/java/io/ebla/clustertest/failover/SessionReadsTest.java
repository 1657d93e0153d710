package io.ebla.clustertest.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.failover.SessionReads.Read;
import io.ebla.clustertest.history.Call.Change;
import io.ebla.clustertest.history.Call.Kind;
import io.ebla.clustertest.history.Call.Write;
import io.ebla.clustertest.history.Condition;
import io.ebla.clustertest.history.Operation;
import io.ebla.clustertest.history.Result;
import io.ebla.clustertest.history.Result.Committed;
import io.ebla.clustertest.history.Result.Seen;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The judge of session reads finds what is wrong, and nothing else. */
class SessionReadsTest {

    private final SessionReads reads = new SessionReads();
    private final List<Operation> history = new ArrayList<>();
    private long nanos;

    @Test
    void aReadAtOrAfterItsTokenIsRight() {
        put("v1", "1.5.0");
        put("v2", "1.7.0");
        read(token(1, 6), "v1", "1.5.0");
        read(token(1, 6), "v2", "1.7.0");
        read(token(2, 9), "v2", "1.7.0");
        assertThat(wrong()).isEmpty();
    }

    @Test
    void aReadThatMissesAWriteBelowItsTokenIsOld() {
        put("v1", "1.5.0");
        put("v2", "1.7.0");
        read(token(1, 7), "v1", "1.5.0");
        assertThat(wrong()).singleElement().asString().startsWith("older than its token");
    }

    @Test
    void aRowThatIsGoneHasToHaveBeenDeleted() {
        put("v1", "1.5.0");
        missing(token(1, 5));
        assertThat(wrong()).singleElement().asString().contains("or has lost");
        delete(new Place(1, 6));
        assertThat(wrong()).isEmpty();
    }

    @Test
    void aDeleteBeforeTheWriteExcusesNothingAndOneOfUnknownEndDoes() {
        delete(new Place(1, 4));
        put("v1", "1.5.0");
        missing(token(1, 5));
        assertThat(wrong()).hasSize(1);
        write(Kind.DELETE, "", Result.UNKNOWN, false);
        assertThat(wrong()).as("asked for after the read").hasSize(1);
        history.add(earlier(history.remove(history.size() - 1)));
        assertThat(wrong()).isEmpty();
    }

    @Test
    void aDeletedRowMustNotComeBack() {
        put("v1", "1.5.0");
        delete(new Place(1, 6));
        read(token(1, 6), "v1", "1.5.0");
        assertThat(wrong()).hasSize(1);
    }

    @Test
    void whatWasNeverAppliedIsFoundByNobodyNotEvenLocally() {
        write(Kind.PUT, "v1", Result.NOT_APPLIED, false);
        write(Kind.PUT, "v2", Result.CONDITION_FAILED, false);
        read(Place.BEFORE_ALL, "v1", "1.5.0");
        read(Place.BEFORE_ALL, "v2", "1.5.0");
        read(Place.BEFORE_ALL, "v3", "1.5.0");
        assertThat(wrong())
                .hasSize(3)
                .anyMatch(each -> each.contains("nobody wrote"))
                .anyMatch(each -> each.contains("never applied"));
    }

    @Test
    void anAnswerThatSaysItIsOlderThanItsTokenIsWrong() {
        Optional<Place> reached = Optional.of(new Place(1, 4));
        reads.add(new Read("a", "x", token(1, 5), reached, Optional.empty(), ++nanos, ""));
        assertThat(wrong()).hasSize(1);
    }

    @Test
    void positionsAreReadAsTheyAreWritten() {
        byte[] bytes =
                ByteBuffer.allocate(25).put((byte) 1).putLong(3).putLong(4).putLong(335).array();
        String text = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        assertThat(Place.ofPosition(text)).contains(new Place(4, 335));
        assertThat(Place.ofPosition("")).isEmpty();
        assertThat(Place.ofVersion("4.9b.2")).isEqualTo(new Place(4, 335));
        assertThat(new Place(2, 1)).isGreaterThan(new Place(1, 9));
    }

    @Test
    void aRepeatedRequestIsKnownOnlyByAnAnswerThatSpeaksOfIt() {
        Result committed = new Committed(List.of("1.5.0"), Optional.of(true));
        assertThat(WriteAnswers.together(List.of(Result.UNKNOWN, committed))).isEqualTo(committed);
        assertThat(WriteAnswers.together(List.of(Result.NOT_APPLIED, Result.CONDITION_FAILED)))
                .isEqualTo(Result.CONDITION_FAILED);
        assertThat(WriteAnswers.together(List.of(Result.UNKNOWN, Result.CONDITION_FAILED)))
                .isEqualTo(Result.UNKNOWN);
        assertThat(WriteAnswers.together(List.of(Result.UNKNOWN, Result.NOT_APPLIED)))
                .isEqualTo(Result.UNKNOWN);
    }

    private List<String> wrong() {
        return reads.wrong(history);
    }

    private static Place token(long epoch, long index) {
        return new Place(epoch, index);
    }

    private void put(String value, String version) {
        write(Kind.PUT, value, new Committed(List.of(version), Optional.empty()), false);
    }

    private void delete(Place place) {
        write(Kind.DELETE, "", new Committed(List.of(""), Optional.empty()), false);
        Operation delete = earlier(history.remove(history.size() - 1));
        reads.place(delete, place);
        history.add(delete);
    }

    /** The same, begun before everything else: places tell the order, not the clock. */
    private static Operation earlier(Operation operation) {
        return new Operation(
                operation.pk(), operation.call(), 0, 1, operation.result(), operation.note());
    }

    private void write(Kind kind, String value, Result result, boolean revertible) {
        Write write = new Write(List.of(new Change(kind, "x", value, Condition.NONE)), revertible);
        history.add(new Operation("a", write, ++nanos, ++nanos, result, "w" + nanos));
    }

    private void read(Place token, String value, String version) {
        Optional<Seen> seen = Optional.of(new Seen(value, version));
        reads.add(new Read("a", "x", token, Optional.empty(), seen, ++nanos, ""));
    }

    private void missing(Place token) {
        reads.add(new Read("a", "x", token, Optional.empty(), Optional.empty(), ++nanos, ""));
    }
}
