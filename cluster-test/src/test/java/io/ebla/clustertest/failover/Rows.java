package io.ebla.clustertest.failover;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The rows of one {@link Window} of a run, which no other window touches: a few pks in each of three tablets,
 * the versions last seen of them, and how far each tablet's log was seen. Thread-safe.
 */
final class Rows {

    static final String TABLE = "chaos";
    static final String OPTIONS = "{\"replicas\":3,\"splitAt\":[\"f\",\"p\"]}";
    static final List<String> TABLETS = List.of("a", "f", "p");

    /** A place that a session read has to have reached, and the text that says so. */
    record Token(Place place, String text) {}

    private static final int PKS = 5;
    private static final List<String> SKS = List.of("x", "y", "z");
    private static final String PROBED = "probe";

    private final String window;
    private final boolean divided;
    private final Map<String, String> versions = new ConcurrentHashMap<>();
    private final Map<String, Token> tokens = new ConcurrentHashMap<>();

    /** @param window its number */
    Rows(int window) {
        this(window, false);
    }

    private Rows(int window, boolean divided) {
        this.window = "-" + window;
        this.divided = divided;
    }

    /** Of tablets that are split anywhere: no two pks need have a log in common. */
    static Rows ofDividedTablets(int window) {
        return new Rows(window, true);
    }

    String pk(Random random) {
        return TABLETS.get(random.nextInt(TABLETS.size())) + random.nextInt(PKS) + window;
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

    /** The pk of a tablet that is written all the time, see {@link Probe}. */
    String probed(String tablet) {
        return tablet + PROBED + window;
    }

    /** All pks; each has rows of all {@link #sks()}. */
    List<String> pks() {
        List<String> pks = new ArrayList<>();
        for (String tablet : TABLETS) {
            for (int i = 0; i < PKS; i++) {
                pks.add(tablet + i + window);
            }
            pks.add(probed(tablet));
        }
        return pks;
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

    /** A client was told that what is committed reaches up to there. */
    void reached(String pk, String position) {
        Place.ofPosition(position)
                .ifPresent(
                        place ->
                                tokens.merge(
                                        log(pk),
                                        new Token(place, position),
                                        (one, other) ->
                                                one.place.compareTo(other.place) >= 0
                                                        ? one
                                                        : other));
    }

    /** How far the log of the pk's tablet was seen by anybody; null at first. */
    Token token(String pk) {
        return tokens.get(log(pk));
    }

    private String log(String pk) {
        return divided ? pk : tablet(pk);
    }
}
