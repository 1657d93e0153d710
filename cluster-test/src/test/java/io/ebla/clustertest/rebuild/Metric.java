package io.ebla.clustertest.rebuild;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterNode;

/** One figure that a node exports. */
public record Metric(String name, String label, String value) {

    /** Of the whole node. */
    public Metric(String name) {
        this(name, null, null);
    }

    /**
     * What it stands at, 0 if it is not told; NaN, neither less nor more than anything, if nobody answers.
     */
    public double of(ClusterNode node) {
        return of(new Api(node.uri()));
    }

    /** As {@link #of(ClusterNode)}, of the server that is asked there. */
    public double of(Api server) {
        Answer answer = server.get("/actuator/prometheus");
        if (answer.status() != 200) {
            return Double.NaN;
        }
        return answer.body()
                .lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .filter(line -> label == null || line.contains(label + "=\"" + value + "\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
