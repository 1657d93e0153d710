package io.ebla.clustertest.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** What one thing was measured to be, again and again; 0 as long as it was not. One thread. */
public final class Figures {

    private final List<Double> figures = new ArrayList<>();

    public Figures() {}

    public Figures(Collection<? extends Number> all) {
        all.forEach(each -> add(each.doubleValue()));
    }

    public void add(double figure) {
        figures.add(figure);
    }

    public int count() {
        return figures.size();
    }

    public double last() {
        return figures.get(figures.size() - 1);
    }

    /** The one in the middle, or between the two that are. */
    public double median() {
        List<Double> sorted = sorted();
        int count = sorted.size();
        return count == 0 ? 0 : (sorted.get((count - 1) / 2) + sorted.get(count / 2)) / 2;
    }

    /** The largest. */
    public double worst() {
        return sorted().stream().reduce(0.0, Math::max);
    }

    /** All of them, ascending, without fractions. */
    public String rounded() {
        return sorted().stream()
                .map(each -> "" + Math.round(each))
                .collect(Collectors.joining(" "));
    }

    private List<Double> sorted() {
        return figures.stream().sorted().toList();
    }
}
