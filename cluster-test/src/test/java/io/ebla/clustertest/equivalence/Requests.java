package io.ebla.clustertest.equivalence;

import java.util.List;
import java.util.Random;

/** Draws what is asked of both tables. One thread. */
final class Requests {

    static final int PKS = 24;
    static final List<String> SKS = List.of("", "/a", "/b");

    /** Some run out within a run, one does not. */
    private static final List<String> LIFETIMES = List.of("200ms", "700ms", "2s", "1h");

    private final Random random;

    Requests(Random random) {
        this.random = random;
    }

    static String pk(int number) {
        return String.format("k%02d", number);
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    boolean oneIn(int many) {
        return random.nextInt(many) == 0;
    }

    String pk() {
        return pk(random.nextInt(PKS));
    }

    /** A pk, or a pk and an sk with a slash between. */
    String row() {
        return pk() + SKS.get(random.nextInt(SKS.size()));
    }

    String value(int number) {
        String more = oneIn(8) ? ",\"more\":\"" + "x".repeat(3_000) + "\"" : "";
        return "{\"n\":" + number + more + "}";
    }

    /** {@code &ttl=}, or nothing. */
    String lifetime() {
        return oneIn(3) ? "&ttl=" + LIFETIMES.get(random.nextInt(LIFETIMES.size())) : "";
    }

    Condition condition(int number) {
        return switch (random.nextInt(3)) {
            case 0 -> Condition.ABSENT;
            case 1 -> Condition.PRESENT;
            default -> new Condition("data.n > " + random.nextInt(number + 1));
        };
    }

    /** A question about one row, and its answer. */
    record Condition(String text) {

        static final Condition ABSENT = new Condition("pk == null");
        static final Condition PRESENT = new Condition("pk != null");

        /** @param value null when the row does not exist */
        boolean holds(String value) {
            if (value == null || equals(ABSENT) || equals(PRESENT)) {
                return equals(value == null ? ABSENT : PRESENT);
            }
            int n = Integer.parseInt(value.substring(5).split("[,}]")[0]);
            return n > Integer.parseInt(text.substring(text.lastIndexOf(' ') + 1));
        }
    }

    /** {@code [from, to)} of pks. */
    record Range(String from, String to) {}

    Range range() {
        String one = pk();
        String other = pk();
        return one.compareTo(other) <= 0 ? new Range(one, other) : new Range(other, one);
    }
}
