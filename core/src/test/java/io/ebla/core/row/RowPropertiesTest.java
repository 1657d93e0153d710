package io.ebla.core.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import java.util.Comparator;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** Versions of rows, and the rows themselves. */
class RowPropertiesTest {

    @Property
    void versionsAreOrderedByEpochThenIndexThenPosition(
            @ForAll @LongRange(max = 3) long epoch,
            @ForAll @LongRange(max = 3) long index,
            @ForAll @IntRange(max = 3) int position,
            @ForAll @LongRange(max = 3) long otherEpoch,
            @ForAll @LongRange(max = 3) long otherIndex,
            @ForAll @IntRange(max = 3) int otherPosition) {
        RowVersion left = new RowVersion(epoch, index, position);
        RowVersion right = new RowVersion(otherEpoch, otherIndex, otherPosition);
        Comparator<RowVersion> naive =
                Comparator.comparingLong(RowVersion::epoch)
                        .thenComparingLong(RowVersion::index)
                        .thenComparingInt(RowVersion::position);
        assertThat(Integer.signum(left.compareTo(right)))
                .isEqualTo(Integer.signum(naive.compare(left, right)));
        assertThat(left.text().equals(right.text())).isEqualTo(left.equals(right));
    }

    @Property
    void aVersionsTextFitsAnEntityTag(
            @ForAll @LongRange(min = 0) long epoch,
            @ForAll @LongRange(min = 0) long index,
            @ForAll @IntRange(min = 0) int position) {
        assertThat(new RowVersion(epoch, index, position).text()).matches("[0-9a-z.]{5,40}");
    }

    @Property
    void aRowExpiresAtTheVeryMillisecondAndStaysExpired(
            @ForAll @LongRange(min = 0, max = 10) long expiresAt,
            @ForAll @LongRange(min = 0, max = 10) long now) {
        Row row = row(Bytes.utf8("v"), 1, expiresAt);
        assertThat(row.expired(now)).isEqualTo(expiresAt != 0 && now >= expiresAt);
    }

    @Example
    void aRowCountsItsKeyAndValueWithOrWithoutTheValue() {
        long expected = RowKey.of("k").encoded().length() + 5L;
        assertThat(row(Bytes.utf8("12345"), 5, 0).sizeBytes()).isEqualTo(expected);
        assertThat(row(null, 5, 0).sizeBytes()).isEqualTo(expected);
    }

    @Example
    void aValueOfAnotherLengthAndNegativeVersionsAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> row(Bytes.utf8("v"), 2, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new RowVersion(-1, 0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new RowVersion(0, -1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new RowVersion(0, 0, -1));
    }

    private static Row row(Bytes value, int valueBytes, long expiresAt) {
        return new Row(
                RowKey.of("k"),
                value,
                valueBytes,
                "text/plain",
                new RowVersion(1, 1, 0),
                1,
                1,
                expiresAt);
    }
}
