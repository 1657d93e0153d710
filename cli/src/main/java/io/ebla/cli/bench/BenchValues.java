package io.ebla.cli.bench;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** Values that differ from each other and do not compress: windows into a pool of random letters. */
final class BenchValues {

    private static final int POOL = 1 << 20;
    private static final String LETTERS =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private final byte[] pool;
    private final int size;

    BenchValues(int size, long seed) {
        this.size = size;
        this.pool = new byte[POOL + size];
        byte[] letters = LETTERS.getBytes(StandardCharsets.US_ASCII);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < pool.length; i++) {
            pool[i] = letters[random.nextInt(letters.length)];
        }
    }

    byte[] pool() {
        return pool;
    }

    int size() {
        return size;
    }

    /** Where in the pool the next value begins. */
    int next(SplittableRandom random) {
        return random.nextInt(POOL);
    }
}
