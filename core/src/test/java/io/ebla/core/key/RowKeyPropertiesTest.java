package io.ebla.core.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Comparator;
import java.util.Optional;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The key encoding keeps order and loses nothing. */
class RowKeyPropertiesTest extends KeyArbitraries {

    private static final Comparator<Pair> PAIR_ORDER =
            Comparator.comparing(Pair::pk)
                    .thenComparing(Pair::sk, Comparator.nullsFirst(Comparator.naturalOrder()));

    @Property
    void encodedOrderIsTheOrderOfThePairs(@ForAll("pairs") Pair left, @ForAll("pairs") Pair right) {
        int byEncoding = left.key().encoded().compareTo(right.key().encoded());
        assertThat(Integer.signum(byEncoding))
                .isEqualTo(Integer.signum(PAIR_ORDER.compare(left, right)));
        assertThat(Integer.signum(left.key().compareTo(right.key())))
                .isEqualTo(Integer.signum(byEncoding));
    }

    @Property
    void partsComeBackAsTheyWere(@ForAll("pairs") Pair pair) {
        RowKey decoded = RowKey.decode(pair.key().encoded());
        assertThat(decoded).isEqualTo(pair.key()).hasSameHashCodeAs(pair.key());
        assertThat(decoded.pk()).isEqualTo(pair.pk());
        assertThat(decoded.sk()).isEqualTo(Optional.ofNullable(pair.sk()));
    }

    @Property
    void samePkIsEqualityOfPks(@ForAll("pairs") Pair left, @ForAll("pairs") Pair right) {
        assertThat(left.key().samePk(right.key())).isEqualTo(left.pk().equals(right.pk()));
    }

    @Property
    void differentPairsHaveDifferentKeys(@ForAll("pairs") Pair left, @ForAll("pairs") Pair right) {
        assertThat(left.key().equals(right.key())).isEqualTo(left.equals(right));
    }

    @Property
    void boundsOfTabletsComeBackAsPks(@ForAll("parts") Bytes pk) {
        assertThat(KeyRange.pkOfBound(KeyRange.boundOfPk(pk))).isEqualTo(pk);
    }

    @Property
    void theBoundOfAPkStandsBelowItsRowsAndAboveThoseOfLowerPks(
            @ForAll("parts") Bytes pk, @ForAll("pairs") Pair pair) {
        boolean atOrAbove = pair.key().encoded().compareTo(KeyRange.boundOfPk(pk)) >= 0;
        assertThat(atOrAbove).isEqualTo(pair.pk().compareTo(pk) >= 0);
    }

    @Property
    void anyBytesDecodeToThemselvesOrAreRefused(@ForAll("parts") Bytes bytes) {
        try {
            RowKey key = RowKey.decode(bytes);
            assertThat(RowKey.of(key.pk(), key.sk().orElse(null)).encoded()).isEqualTo(bytes);
        } catch (IllegalArgumentException refused) {
            assertThat(refused).hasMessageContaining("not an encoded row key");
        }
    }

    @Example
    void malformedEncodingsAreRefused() {
        for (byte[] bytes :
                new byte[][] {
                    {}, {0}, {'a'}, {'a', 0}, {'a', 0, 3}, {0, (byte) 0xFF}, {0, 1, 'x'}
                }) {
            assertThatIllegalArgumentException().isThrownBy(() -> RowKey.decode(Bytes.wrap(bytes)));
        }
    }

    @Example
    void anAbsentSortKeyIsNotAnEmptyOne() {
        assertThat(RowKey.of("a")).isLessThan(RowKey.of("a", "")).isNotEqualTo(RowKey.of("a", ""));
    }
}
