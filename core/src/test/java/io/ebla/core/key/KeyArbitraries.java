package io.ebla.core.key;

import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Provide;

/** Keys out of the bytes that the encoding treats in its own way, so that they meet often. */
abstract class KeyArbitraries {

    /** @param sk null for none */
    record Pair(Bytes pk, Bytes sk) {

        RowKey key() {
            return RowKey.of(pk, sk);
        }
    }

    @Provide
    Arbitrary<Bytes> parts() {
        return Arbitraries.bytes().array(byte[].class).ofMaxSize(6).map(KeyArbitraries::spread);
    }

    /** Half of the bytes become 00, 01, 02, FE or FF; sometimes a slice of a larger array. */
    private static Bytes spread(byte[] raw) {
        byte[] special = {0, 1, 2, (byte) 0xFE, (byte) 0xFF};
        byte[] shaped = new byte[raw.length + 2];
        for (int i = 0; i < raw.length; i++) {
            int value = raw[i] & 0xFF;
            shaped[i + 1] = value % 2 == 0 ? special[value / 2 % special.length] : raw[i];
        }
        return raw.length % 2 == 0
                ? Bytes.wrap(shaped, 1, raw.length)
                : Bytes.wrap(Arrays.copyOfRange(shaped, 1, 1 + raw.length));
    }

    @Provide
    Arbitrary<Pair> pairs() {
        return Combinators.combine(parts(), parts().injectNull(0.3)).as(Pair::new);
    }
}
