package io.ebla.clustertest.history;

/**
 * Where a search for one object is given up.
 *
 * @param configurations kept at once
 * @param steps from one configuration to another
 */
public record Bounds(int configurations, long steps) {

    /** Some seconds and some hundred megabytes at worst. */
    public static final Bounds USUAL = new Bounds(100_000, 5_000_000);

    public Bounds {
        if (configurations < 1 || steps < 1) {
            throw new IllegalArgumentException(configurations + ", " + steps);
        }
    }
}
