package io.ebla.clustertest.failover;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;

/** Three meta-servers and three tablet servers with one tablet of three replicas. Puts are thread-safe. */
final class EblaContestant implements Contestant {

    private static final Pattern MASTER = Pattern.compile("\"master\":\"(\\w+)\"");
    private static final Pattern APPLIED = Pattern.compile("\"appliedIndex\":(\\d+)");
    private static final String VALUE = "\"" + "v".repeat(1022) + "\"";
    private static final Duration PATIENCE =
            Duration.ofSeconds(Integer.getInteger("readySeconds", 90));

    private final ClusterProcesses cluster;
    private final List<ClusterNode> nodes;
    private final List<Api> writers;
    private final List<Api> apis;

    EblaContestant(Path directory) {
        cluster = new ClusterProcesses(directory, 3, 3);
        nodes = cluster.tabletServers();
        cluster.start();
        writers = nodes.stream().map(node -> Contestant.client(node.uri())).toList();
        apis = nodes.stream().map(node -> new Api(node.uri())).toList();
        require("a table", () -> apis.get(0).put("/v1/tables/bench", "{\"replicas\":3}").ok());
    }

    @Override
    public String name() {
        return "ebla";
    }

    @Override
    public int servers() {
        return nodes.size();
    }

    @Override
    public boolean put(int server, String key) {
        String path = Api.row("bench", key, null) + "?timeout=" + PATIENCE_MILLIS + "ms";
        Answer answer = writers.get(server).put(path, VALUE);
        return answer.ok() && answer.committed();
    }

    @Override
    public int leader() {
        int[] leader = {-1};
        require("a master", () -> (leader[0] = masterNow()) >= 0);
        return leader[0];
    }

    private int masterNow() {
        for (int i = 0; i < nodes.size(); i++) {
            if (nodes.get(i).runs()) {
                Matcher master = MASTER.matcher(tablets(i));
                if (master.find()) {
                    String id = master.group(1);
                    return nodes.indexOf(cluster.node(id));
                }
            }
        }
        return -1;
    }

    private String tablets(int server) {
        return apis.get(server).get("/v1/tables/bench/tablets").body();
    }

    @Override
    public void kill(int server) {
        nodes.get(server).kill();
    }

    @Override
    public void bringBack(int server) {
        nodes.get(server).bringBack();
        require("all replicas level", this::level);
    }

    /** Whether all replicas have applied about the same; the load goes on meanwhile. */
    private boolean level() {
        long[] applied = new long[nodes.size()];
        for (int i = 0; i < applied.length; i++) {
            String own = "\"node\":\"" + nodes.get(i).id() + "\"";
            String tablets = tablets(i);
            int at = Math.max(0, tablets.indexOf(own));
            Matcher index = APPLIED.matcher(tablets.substring(at).split("}", 2)[0]);
            applied[i] = index.find() ? Long.parseLong(index.group(1)) : 0;
        }
        long most = LongStream.of(applied).max().orElseThrow();
        return LongStream.of(applied).allMatch(each -> each > 0.98 * most);
    }

    private void require(String what, BooleanSupplier happens) {
        if (!Eventually.happens(PATIENCE, happens)) {
            throw new AssertionError("no " + what + "\n" + cluster.tails());
        }
    }

    @Override
    public void close() {
        cluster.close();
    }
}
