package io.ebla.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ClusterPlanTest {

    private static final Path DATA = Path.of("/data");

    @Test
    void portsAreCountedFromTheBase() {
        ClusterPlan plan = new ClusterPlan(3, 2, 8080, DATA);
        assertThat(plan.servers())
                .extracting(ClusterPlan.Server::id)
                .containsExactly("m1", "m2", "m3", "t1", "t2");
        assertThat(plan.servers())
                .extracting(ClusterPlan.Server::url)
                .containsExactly(
                        "http://127.0.0.1:8180",
                        "http://127.0.0.1:8181",
                        "http://127.0.0.1:8182",
                        "http://127.0.0.1:8080",
                        "http://127.0.0.1:8081");
        assertThat(plan.servers().get(1).arguments())
                .containsExactly(
                        "meta-server",
                        "--id",
                        "m2",
                        "--peers",
                        "m1=127.0.0.1:8280,m2=127.0.0.1:8281,m3=127.0.0.1:8282",
                        "--http-port",
                        "8181",
                        "--data",
                        "/data/m2");
        assertThat(plan.servers().get(4).arguments())
                .containsExactly(
                        "tablet-server",
                        "--id",
                        "t2",
                        "--meta",
                        "127.0.0.1:8180,127.0.0.1:8181,127.0.0.1:8182",
                        "--http-port",
                        "8081",
                        "--grpc-port",
                        "9081",
                        "--data",
                        "/data/t2");
    }

    @Test
    void whatMakesNoClusterIsRefused() {
        assertThatThrownBy(() -> new ClusterPlan(2, 3, 8080, DATA))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ClusterPlan(3, 0, 8080, DATA))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ClusterPlan(3, 3, 64_600, DATA))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
