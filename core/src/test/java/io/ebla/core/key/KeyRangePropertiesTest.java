package io.ebla.core.key;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Every range takes exactly the keys that its description names. */
class KeyRangePropertiesTest extends KeyArbitraries {

    @Property
    void pksTakesPksFromToBelow(
            @ForAll("pairs") Pair pair, @ForAll("parts") Bytes from, @ForAll("parts") Bytes to) {
        boolean expected =
                pair.pk().compareTo(from) >= 0 && (to.isEmpty() || pair.pk().compareTo(to) < 0);
        assertThat(KeyRange.ofPks(from, to).contains(pair.key())).isEqualTo(expected);
    }

    @Property
    void pkPrefixTakesPksThatStartWithIt(
            @ForAll("pairs") Pair pair, @ForAll("parts") Bytes prefix, @ForAll boolean related) {
        Pair subject = related ? new Pair(concat(prefix, pair.pk()), pair.sk()) : pair;
        assertThat(KeyRange.ofPkPrefix(prefix).contains(subject.key()))
                .isEqualTo(subject.pk().startsWith(prefix));
    }

    @Property
    void pkTakesAllRowsOfThatPkAndNoOther(
            @ForAll("pairs") Pair pair, @ForAll("parts") Bytes pk, @ForAll boolean related) {
        Pair subject = related ? new Pair(pk, pair.sk()) : pair;
        assertThat(KeyRange.ofPk(pk).contains(subject.key())).isEqualTo(subject.pk().equals(pk));
    }

    @Property
    void sksTakesSksFromToBelowWithinThePk(
            @ForAll("parts") Bytes pk,
            @ForAll("pairs") Pair pair,
            @ForAll("parts") Bytes from,
            @ForAll("parts") Bytes to,
            @ForAll boolean bounded,
            @ForAll boolean related) {
        Pair subject = related ? new Pair(pk, pair.sk()) : pair;
        Bytes lower = bounded ? from : null;
        Bytes upper = bounded ? to : null;
        boolean inPk = subject.pk().equals(pk);
        boolean aboveLower =
                lower == null || subject.sk() != null && subject.sk().compareTo(lower) >= 0;
        boolean belowUpper =
                upper == null || subject.sk() == null || subject.sk().compareTo(upper) < 0;
        assertThat(KeyRange.ofSks(pk, lower, upper).contains(subject.key()))
                .isEqualTo(inPk && aboveLower && belowUpper);
    }

    @Property
    void anUpperSortKeyAloneTakesTheRowWithoutOne(
            @ForAll("parts") Bytes pk, @ForAll("parts") Bytes to) {
        assertThat(KeyRange.ofSks(pk, null, to).contains(RowKey.of(pk))).isTrue();
    }

    @Property
    void skPrefixTakesSksThatStartWithIt(
            @ForAll("parts") Bytes pk,
            @ForAll("pairs") Pair pair,
            @ForAll("parts") Bytes prefix,
            @ForAll boolean related) {
        Bytes sk = related && pair.sk() != null ? concat(prefix, pair.sk()) : pair.sk();
        Pair subject = new Pair(related ? pk : pair.pk(), sk);
        boolean starts = prefix.isEmpty() || sk != null && sk.startsWith(prefix);
        assertThat(KeyRange.ofSkPrefix(pk, prefix).contains(subject.key()))
                .isEqualTo(subject.pk().equals(pk) && starts);
    }

    @Property
    void intersectTakesWhatBothTake(
            @ForAll("pairs") Pair pair,
            @ForAll("parts") Bytes from,
            @ForAll("parts") Bytes to,
            @ForAll("parts") Bytes otherFrom,
            @ForAll("parts") Bytes otherTo) {
        KeyRange one = KeyRange.ofPks(from, to);
        KeyRange other = KeyRange.ofPks(otherFrom, otherTo);
        KeyRange both = one.intersect(other);
        assertThat(both.contains(pair.key()))
                .isEqualTo(one.contains(pair.key()) && other.contains(pair.key()));
        assertThat(other.intersect(one).contains(pair.key())).isEqualTo(both.contains(pair.key()));
        if (both.contains(pair.key())) {
            assertThat(one.overlaps(other)).isTrue();
            assertThat(both.isEmpty()).isFalse();
        }
        assertThat(one.overlaps(other)).isEqualTo(other.overlaps(one));
        if (!one.overlaps(other)) {
            assertThat(both.isEmpty()).isTrue();
        }
    }

    @Property
    void anEmptyRangeTakesNothing(
            @ForAll("pairs") Pair pair, @ForAll("parts") Bytes from, @ForAll("parts") Bytes to) {
        KeyRange range = KeyRange.ofPks(from, to);
        if (range.isEmpty()) {
            assertThat(range.contains(pair.key())).isFalse();
            assertThat(range.overlaps(KeyRange.ALL)).isFalse();
        }
    }

    @Property
    void theSuccessorOfAPrefixIsTheLeastAboveAllThatStartWithIt(
            @ForAll("parts") Bytes prefix, @ForAll("parts") Bytes other) {
        Bytes successor = KeyCodec.successorOfPrefix(prefix);
        boolean below = successor.isEmpty() || other.compareTo(successor) < 0;
        boolean expected = other.compareTo(prefix) < 0 || other.startsWith(prefix);
        assertThat(below).isEqualTo(expected);
    }

    @Example
    void prefixesThatEndInTheHighestByteHaveAnEnd() {
        Bytes high = Bytes.wrap(new byte[] {(byte) 0xFF, (byte) 0xFF});
        assertThat(KeyRange.ofPkPrefix(high).contains(RowKey.of(concat(high, high)))).isTrue();
        assertThat(KeyRange.ofPkPrefix(high).to()).isEqualTo(Bytes.EMPTY);
        KeyRange sks = KeyRange.ofSkPrefix(Bytes.utf8("p"), high);
        assertThat(sks.contains(RowKey.of(Bytes.utf8("p"), concat(high, high)))).isTrue();
        assertThat(sks.contains(RowKey.of("p~", "x"))).isFalse();
        assertThat(sks.contains(RowKey.of("q"))).isFalse();
    }

    private static Bytes concat(Bytes left, Bytes right) {
        byte[] both = new byte[left.length() + right.length()];
        System.arraycopy(left.array(), left.offset(), both, 0, left.length());
        System.arraycopy(right.array(), right.offset(), both, left.length(), right.length());
        return Bytes.wrap(both);
    }
}
