package io.ebla.clustertest.failover;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;

/** The rows of a run: a few pks in each of three tablets, and the versions last seen of them. */
final class Rows {

    static final String TABLE = "chaos";
    static final String OPTIONS = "{\"replicas\":3,\"splitAt\":[\"f\",\"p\"]}";
    static final int TABLETS = 3;

    private static final List<String> PREFIXES = List.of("a", "f", "p");
    private static final int PKS = 5;
    private static final List<String> SKS = List.of("x", "y", "z");

    private final Map<String, String> versions = new ConcurrentHashMap<>();

    String pk(Random random) {
        return PREFIXES.get(random.nextInt(PREFIXES.size())) + random.nextInt(PKS);
    }

    /** Rows of a pk. Batches and ranges join those of every other pk; the others are judged row by row. */
    String sk(Random random) {
        return SKS.get(random.nextInt(SKS.size()));
    }

    static boolean joined(String pk) {
        return pk.charAt(1) % 2 == 0;
    }

    static List<String> sks() {
        return SKS;
    }

    static List<String> pks() {
        return PREFIXES.stream()
                .flatMap(
                        prefix ->
                                java.util.stream.IntStream.range(0, PKS).mapToObj(i -> prefix + i))
                .toList();
    }

    /** The tablet that has the pk, by a name of our own. */
    static String tablet(String pk) {
        return pk.substring(0, 1);
    }

    void saw(String pk, String sk, String version) {
        versions.put(pk + "/" + sk, version);
    }

    /** Some version of the row that a client was told, or null. */
    String version(String pk, String sk) {
        return versions.get(pk + "/" + sk);
    }
}
