package io.ebla.tabletserver.api;

import java.net.http.HttpResponse;
import java.util.Arrays;

/** What {@code /actuator/prometheus} of a node tells at one time. */
record Scrape(String text) {

    static Scrape of(TestServer node) {
        try {
            HttpResponse<String> answer = node.get("/actuator/prometheus");
            if (answer.statusCode() != 200) {
                throw new AssertionError(answer.statusCode() + " " + answer.body());
            }
            return new Scrape(answer.body());
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    /** The sum over the samples of a metric that have all those labels, {@code name="value"} each. */
    double sum(String metric, String... labels) {
        return text.lines()
                .filter(line -> line.startsWith(metric + "{") || line.startsWith(metric + " "))
                .filter(line -> Arrays.stream(labels).allMatch(line::contains))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
