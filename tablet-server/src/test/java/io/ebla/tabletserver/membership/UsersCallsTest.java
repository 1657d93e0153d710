package io.ebla.tabletserver.membership;

import static io.ebla.tabletserver.membership.FakeMeta.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.time.SystemClock;
import io.ebla.tabletserver.network.NodeTls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Users' questions to the metadata, more than it answers, beside what the node itself has to say and hear.
 */
class UsersCallsTest {

    private static final Duration LONG = Duration.ofMinutes(5);
    private static final int BOUND = 64;

    @TempDir Path directory;

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final FakeTablets tablets = new FakeTablets();

    @Test
    void manyUnansweredOnesHoldUpNeitherHeartbeatsNorMapsAndFurtherOnesAreRefusedAtOnce()
            throws Exception {
        try (FakeMeta meta = new FakeMeta(map(3));
                MetaClient client =
                        new MetaClient(
                                new MetaTransport(() -> List.of(meta.address()), "", NodeTls.NONE),
                                LONG,
                                thread);
                Membership membership =
                        new Membership(
                                tablets,
                                client,
                                new ClusterFile(directory),
                                new SystemClock(),
                                settings(),
                                Executors.newSingleThreadScheduledExecutor())) {
            membership.start("127.0.0.1:8080", "", "");
            assertThat(next(tablets.maps).version()).isEqualTo(3);
            List<CompletableFuture<?>> waiting = new ArrayList<>();
            for (int i = 0; i < BOUND; i++) {
                waiting.add(client.cluster());
            }
            while (meta.questions.get() < BOUND) { // all have arrived, and stay
                next(meta.heartbeats);
            }
            assertThatThrownBy(() -> client.cluster().get(30, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOfSatisfying(
                            EblaException.class,
                            refused -> {
                                assertThat(refused.code()).isEqualTo(ErrorCode.OVERLOADED);
                                assertThat(refused.outcome()).contains(Outcome.NOT_APPLIED);
                            });
            meta.heartbeats.clear();
            for (int i = 0; i < 20; i++) {
                next(meta.heartbeats);
            }
            meta.publish(map(4));
            assertThat(next(tablets.maps).version()).isEqualTo(4);
            assertThat(client.ownMap().get(30, TimeUnit.SECONDS).version()).isEqualTo(4);
        } finally {
            thread.shutdownNow();
        }
    }

    private static MembershipProperties settings() {
        Duration soon = Duration.ofMillis(20);
        return new MembershipProperties(soon, LONG, LONG, soon, soon, LONG, LONG);
    }

    private static ClusterMap map(long version) {
        return new ClusterMap("cluster-1", 1, version, List.of(), List.of(), List.of(), List.of());
    }
}
