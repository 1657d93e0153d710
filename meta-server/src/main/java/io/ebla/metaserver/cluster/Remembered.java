package io.ebla.metaserver.cluster;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How many ended splits and merges are remembered: so many of each outcome, for each is wanted by somebody
 * else. Of those that were done who asked can see so; those that came to nothing say what is not to be tried
 * again soon, and there may be any number of them.
 */
final class Remembered {

    static final int OF_EACH_OUTCOME_MAX = 200;

    private Remembered() {}

    /** Those to forget of one outcome. */
    static <T> List<T> tooMany(Stream<T> ended, Comparator<T> firstToForgetFirst) {
        List<T> sorted = ended.sorted(firstToForgetFirst).collect(Collectors.toList());
        return sorted.subList(0, Math.max(0, sorted.size() - OF_EACH_OUTCOME_MAX));
    }
}
