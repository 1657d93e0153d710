package io.ebla.clustertest.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Measures several sides in turns: each is warmed, then every round gives each side a stretch of load, so
 * that what the machine does meanwhile falls on all of them. The figure is units per second of the
 * server's own CPU; the result of a side is the median of its rounds. A round with an error is void.
 */
final class Contest {

    /**
     * How long and how often.
     *
     * @param warmSeconds load before the first round, for each side
     */
    record Plan(int warmSeconds, int rounds, int roundSeconds) {}

    /** @param unitsPerAnswer what one answer counts for, when answers are counted */
    record Side(String name, Measured server, LoadLoop load, int unitsPerAnswer) {}

    /**
     * Medians over the rounds that count; 0 when none does.
     *
     * @param syncs of the log per unit; negative when they are not counted
     */
    record Result(
            String name,
            double perCpuSecond,
            double perSecond,
            double syncs,
            double p50Millis,
            double p99Millis,
            int voidRounds) {}

    private final Plan plan;

    Contest(Plan plan) {
        this.plan = plan;
    }

    List<Result> run(String title, List<Side> sides) throws IOException {
        System.out.println("\n" + title);
        for (Side side : sides) {
            LoadLoop.Round warm = side.load().run(plan.warmSeconds());
            if (warm.error() != null) {
                System.out.println("  " + side.name() + ": ERROR while warming: " + warm.error());
            }
        }
        List<List<double[]>> figures = new ArrayList<>();
        sides.forEach(side -> figures.add(new ArrayList<>()));
        for (int round = 0; round < plan.rounds(); round++) {
            for (int i = 0; i < sides.size(); i++) {
                double[] figure = measure(sides.get(i));
                if (figure.length > 0) {
                    figures.get(i).add(figure);
                }
            }
        }
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < sides.size(); i++) {
            results.add(result(sides.get(i), figures.get(i)));
        }
        return results;
    }

    private double[] measure(Side side) throws IOException {
        long syncsBefore = side.server().syncs();
        double cpuBefore = side.server().cpuSeconds();
        LoadLoop.Round round = side.load().run(plan.roundSeconds());
        double cpu = side.server().cpuSeconds() - cpuBefore;
        if (round.error() != null || round.units() == 0) {
            System.out.println("  " + side.name() + ": void round: " + round.error());
            return new double[0];
        }
        double units = (double) round.units() * side.unitsPerAnswer();
        double syncs = syncsBefore < 0 ? -1 : (side.server().syncs() - syncsBefore) / units;
        return new double[] {
            units / cpu,
            units / round.seconds(),
            syncs,
            round.latencies().millis(0.5),
            round.latencies().millis(0.99)
        };
    }

    private Result result(Side side, List<double[]> figures) {
        Figures perCpu = column(figures, 0);
        int voids = plan.rounds() - figures.size();
        Result result =
                new Result(
                        side.name(),
                        perCpu.median(),
                        column(figures, 1).median(),
                        column(figures, 2).median(),
                        column(figures, 3).median(),
                        column(figures, 4).median(),
                        voids);
        System.out.printf(
                Locale.ROOT,
                "  %-24s %,9.0f per CPU-second (%s), %,9.0f per second, p50 %.2f ms, p99 %.2f ms%s%s%n",
                result.name(),
                result.perCpuSecond(),
                perCpu.rounded(),
                result.perSecond(),
                result.p50Millis(),
                result.p99Millis(),
                result.syncs() < 0 ? "" : String.format(", %.3f syncs each", result.syncs()),
                voids == 0 ? "" : ", " + voids + " void rounds");
        return result;
    }

    private static Figures column(List<double[]> figures, int which) {
        return new Figures(figures.stream().map(each -> each[which]).toList());
    }
}
