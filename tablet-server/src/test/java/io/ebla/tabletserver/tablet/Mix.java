package io.ebla.tabletserver.tablet;

import java.util.EnumMap;
import java.util.Map;
import java.util.Random;

/** How likely everything is that may happen. */
final class Mix {

    static final Mix USUAL = new Mix(usual());

    private final Map<Happening, Integer> weights;
    private final int sum;

    private Mix(Map<Happening, Integer> weights) {
        this.weights = weights;
        this.sum = weights.values().stream().mapToInt(Integer::intValue).sum();
    }

    private static Map<Happening, Integer> usual() {
        Map<Happening, Integer> weights = new EnumMap<>(Happening.class);
        for (Happening each : Happening.values()) {
            weights.put(each, each.usual());
        }
        return weights;
    }

    /** Nothing but requests. */
    static Mix requests() {
        Mix mix = USUAL;
        for (Happening each : Happening.values()) {
            if (each != Happening.WRITE && each != Happening.READ) {
                mix = mix.with(each, 0);
            }
        }
        return mix;
    }

    /** Without bad disks and planned changes. */
    static Mix steady() {
        return USUAL.with(Happening.WIPE, 0)
                .with(Happening.DAMAGE, 0)
                .with(Happening.FAIL_SYNC, 0)
                .with(Happening.HAND_OVER, 0);
    }

    Mix with(Happening what, int weight) {
        Map<Happening, Integer> changed = new EnumMap<>(weights);
        changed.put(what, weight);
        return new Mix(changed);
    }

    Happening draw(Random random) {
        int at = random.nextInt(sum);
        for (Map.Entry<Happening, Integer> each : weights.entrySet()) {
            at -= each.getValue();
            if (at < 0) {
                return each.getKey();
            }
        }
        throw new AssertionError("the weights sum up to less than " + sum);
    }
}
