package io.ebla.core.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import java.util.Arrays;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Slices of bytes behave as the bytes they show. */
class BytesPropertiesTest extends KeyArbitraries {

    @Property
    void orderIsThatOfUnsignedArrays(@ForAll("parts") Bytes left, @ForAll("parts") Bytes right) {
        int expected = Arrays.compareUnsigned(left.toArray(), right.toArray());
        assertThat(Integer.signum(left.compareTo(right))).isEqualTo(Integer.signum(expected));
        assertThat(left.equals(right)).isEqualTo(expected == 0);
    }

    @Property
    void aSliceEqualsItsCopy(
            @ForAll("parts") Bytes bytes,
            @ForAll @IntRange(max = 6) int from,
            @ForAll @IntRange(max = 6) int to) {
        if (from > to || to > bytes.length()) {
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                    .isThrownBy(() -> bytes.slice(from, to));
            return;
        }
        Bytes slice = bytes.slice(from, to);
        Bytes copy = Bytes.wrap(Arrays.copyOfRange(bytes.toArray(), from, to));
        assertThat(slice).isEqualTo(copy).hasSameHashCodeAs(copy).isEqualByComparingTo(copy);
        assertThat(slice.toString()).isEqualTo(copy.toString());
        for (int i = 0; i < slice.length(); i++) {
            assertThat(slice.at(i)).isEqualTo(bytes.at(from + i));
        }
    }

    @Property
    void aPrefixIsASliceFromTheStart(@ForAll("parts") Bytes bytes, @ForAll("parts") Bytes prefix) {
        boolean expected =
                prefix.length() <= bytes.length() && bytes.slice(0, prefix.length()).equals(prefix);
        assertThat(bytes.startsWith(prefix)).isEqualTo(expected);
    }

    @Property
    void putToWritesExactlyTheseBytes(@ForAll("parts") Bytes bytes) {
        ByteBuffer target = ByteBuffer.allocate(bytes.length());
        bytes.putTo(target);
        assertThat(target.array()).isEqualTo(bytes.toArray());
    }

    @Example
    void slicesOutsideTheArrayAreRefused() {
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> Bytes.wrap(new byte[3], 2, 2));
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> Bytes.wrap(new byte[3], -1, 2));
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> Bytes.wrap(new byte[3], 1, Integer.MAX_VALUE));
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> Bytes.wrap(new byte[9], 3, 3).at(3));
    }
}
