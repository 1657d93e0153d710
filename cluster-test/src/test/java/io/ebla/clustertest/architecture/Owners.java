package io.ebla.clustertest.architecture;

import java.util.List;

/** The classes that own time, chance, sleep and threads, each with the reason why it must. */
final class Owners {

    record Owner(String className, String reason) {
        @Override
        public String toString() {
            return className.substring(className.lastIndexOf('.') + 1) + " (" + reason + ")";
        }
    }

    static final List<Owner> OF_CLOCKS =
            List.of(
                    new Owner(
                            "io.ebla.core.time.SystemClock",
                            "the one implementation of Clock on the system's clocks"));

    static final List<Owner> OF_CHANCE = List.of();

    static final List<Owner> OF_SLEEP = List.of();

    static final List<Owner> OF_THREADS = List.of();

    private Owners() {}
}
