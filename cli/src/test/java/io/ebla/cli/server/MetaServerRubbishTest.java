package io.ebla.cli.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.tabletserver.api.Rubbish;
import io.ebla.tabletserver.api.RubbishJudge;
import java.net.URI;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rubbish of all kinds at a meta-server that is nothing else: what users, tablet servers and operators may
 * ask of it. Prints its seed; {@code -Debla.rubbish.seed} repeats a run, {@code -Debla.rubbish.requests}
 * makes it longer.
 */
class MetaServerRubbishTest {

    private static final int REQUESTS = Integer.getInteger("ebla.rubbish.requests", 3000);

    private static final String[] PATHS = {
        "/v1/cluster",
        "/v1/cluster?QUERY",
        "/v1/cluster/",
        "/v1/cluster/PART",
        "/v1/cluster/meta/PART",
        "/v1/cluster/meta/PART/PART",
        "/v1/cluster/meta/m2?QUERY",
        "/v1/cluster/operations/PART",
        "/v1/cluster/nodes/PART/drain",
        "/v1/cluster/nodes/t1/undrain?QUERY",
        "/v1/cluster/balancing",
        "/v1/cluster/operations/PART?QUERY",
        "/v1/tables/t/rows/PART?QUERY",
        "/v1/tables/t/batch",
        "/v1/PART",
        "/internal/v1/meta/nodes",
        "/internal/v1/meta/nodes",
        "/internal/v1/meta/nodes/t1/heartbeat",
        "/internal/v1/meta/nodes/PART/heartbeat",
        "/internal/v1/meta/nodes/t1/leaving",
        "/internal/v1/meta/nodes/PART/leaving?QUERY",
        "/internal/v1/meta/map",
        "/internal/v1/meta/map?generation=PART",
        "/internal/v1/meta/map?version=-1&waitMillis=1&generation=PART",
        "/internal/v1/meta/tablets/opened",
        "/internal/v1/meta/tablets/dropped",
        "/internal/v1/meta/tablets/1/master",
        "/internal/v1/meta/tablets/PART/master",
        "/internal/v1/meta/tablets/1/move",
        "/internal/v1/meta/cluster/nodes/PART/drain",
        "/internal/v1/meta/cluster/balancing",
        "/internal/v1/meta/tables",
        "/internal/v1/meta/tables",
        "/internal/v1/meta/tables/books",
        "/internal/v1/meta/tables/PART",
        "/internal/v1/meta/members",
        "/internal/v1/meta/cluster",
        "/internal/v1/meta/cluster/operations/PART",
        "/internal/v1/meta/cluster/meta/PART",
        "/internal/v1/meta/PART",
        "/internal/PART",
        "/actuator",
        "/actuator/health",
        "/actuator/health/readiness",
        "/actuator/health/PART",
        "/actuator/health/PART/PART",
        "/actuator/prometheus?QUERY",
        "/actuator/info",
        "/actuator/PART",
        "/PART/PART",
        "/",
        "//",
        "*",
        "http://x/v1/cluster",
        "PART"
    };
    private static final String NODE =
            "{\"id\":\"t1\",\"store\":\"s1\",\"incarnation\":\"r1\",\"address\":\"127.0.0.1:1\",\"grpcAddress\":\"\",\"zone\":\"\"}";
    private static final String[] BODIES = {
        "{}",
        "[]",
        "null",
        "1",
        "",
        "{",
        "\u0000",
        "\u00ff\u00fe",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        "{\"node\":" + NODE + ",\"clusterId\":\"\",\"holdings\":[]}",
        "{\"node\":" + NODE + ",\"clusterId\":\"\",\"holdings\":[null]}",
        "{\"node\":" + NODE + ",\"clusterId\":\"\",\"holdings\":[{}]}",
        "{\"node\":"
                + NODE
                + ",\"clusterId\":\"\",\"holdings\":[{\"tablet\":\"7\",\"replica\":null}]}",
        "{\"node\":" + NODE + ",\"clusterId\":\"other\",\"holdings\":null}",
        "{\"node\":{},\"clusterId\":\"\",\"holdings\":[]}",
        "{\"node\":{\"id\":\"t1\",\"store\":null,\"incarnation\":null,\"address\":null}"
                + ",\"clusterId\":\"\",\"holdings\":[]}",
        "{\"node\":{\"id\":\"t2\",\"store\":\"s1\",\"incarnation\":\"r1\",\"address\":\"nowhere\",\"grpcAddress\":\"\",\"zone\":\"\"}"
                + ",\"clusterId\":\"\",\"holdings\":[]}",
        "{\"incarnation\":\"r1\",\"wallMillis\":0,\"tablets\":[]}",
        "{\"incarnation\":\"r1\",\"wallMillis\":0,\"tablets\":[null]}",
        "{\"incarnation\":\"r1\",\"wallMillis\":-1,\"tablets\":[{}]}",
        "{\"incarnation\":\"r1\",\"wallMillis\":1,\"tablets\":[{\"tablet\":\"1\",\"condition\":\"NEW\"}]}",
        "{\"incarnation\":\"r1\",\"wallMillis\":1,\"tablets\":"
                + "[{\"tablet\":\"1\",\"replica\":\"x\",\"followers\":[null]}]}",
        "{\"incarnation\":null}",
        "{\"node\":\"t1\",\"incarnation\":\"r1\",\"replicas\":[]}",
        "{\"node\":\"t1\",\"incarnation\":\"r1\",\"replicas\":[{\"tablet\":\"1\",\"replica\":null}]}",
        "{\"node\":null,\"incarnation\":null,\"replicas\":null}",
        "{\"node\":\"t1\",\"tablets\":[\"1\",null],\"replicas\":[null]}",
        "{\"node\":\"t1\",\"tablets\":[],\"replicas\":[{\"tablet\":\"1\",\"node\":null}]}",
        "{\"name\":\"books\",\"replicas\":1,\"store\":\"DISK\",\"ttlMillis\":0,\"splitAt\":[]}",
        "{\"name\":\"books\",\"replicas\":1,\"store\":\"disk\",\"ttlMillis\":0,\"splitAt\":[\"67\"]}",
        "{\"name\":\"books\",\"replicas\":-1,\"store\":null,\"ttlMillis\":-1,\"splitAt\":[null]}",
        "{\"name\":null,\"replicas\":1,\"store\":\"memory\",\"ttlMillis\":0,\"splitAt\":null}",
        "{\"name\":\"other\",\"replicas\":2000000000,\"store\":\"memory\",\"ttlMillis\":0,\"splitAt\":[]}",
        "{\"ttlMillis\":5,\"replicas\":null}",
        "{\"ttlMillis\":-5,\"replicas\":-1}",
        "{\"ttlMillis\":null,\"replicas\":99999}",
        "{\"to\":\"t1\"}",
        "{\"from\":\"t1\",\"to\":\"t2\"}",
        "{\"from\":null,\"to\":\"t2\"}",
        "{\"paused\":true}",
        "{\"paused\":null}",
        "{\"to\":\"t 1\"}",
        "{\"to\":null}",
        "{\"address\":\"127.0.0.1:1\"}",
        "{\"address\":null}",
        "{\"address\":\"[::1\"}",
        "{\"member\":\"m2\",\"address\":\"127.0.0.1:1\"}",
        "{\"member\":null,\"address\":null}"
    };

    @TempDir private static Path data;
    private static RunningServer server;

    private final long seed = Long.getLong("ebla.rubbish.seed", new Random().nextLong());

    @BeforeAll
    static void start() {
        server = MetaServerEdgeTest.start(data);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void everyRequestIsAnsweredHonestly() {
        System.out.println("rubbish seed " + seed);
        Rubbish rubbish = new Rubbish(new Random(seed), PATHS, BODIES);
        RubbishJudge judge = new RubbishJudge(seed);
        int port = URI.create(server.url()).getPort();
        for (int i = 0; i < REQUESTS; i++) {
            judge.send(port, rubbish.request());
        }
        System.out.println("rubbish answers " + judge.statuses());
        assertThat(judge.statuses().keySet()).contains(200, 400, 401, 404, 405);
        assertThat(judge.unanswered()).isLessThanOrEqualTo(REQUESTS / 10);
    }
}
