package io.ebla.clustertest.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.EblaLauncher;
import io.ebla.clustertest.process.EblaProcess;
import io.ebla.clustertest.process.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damages the journal of a killed server on the real disk (rule L3): a torn tail is cut and nothing is
 * lost, corruption is told and never served.
 */
class DamageIT {

    private static final int ROWS = 20;
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    private final Random random = new Random(SEED);

    @TempDir private Path directory;
    private EblaLauncher launcher;

    /** Leaves a killed server with rows in two tablets that no store has flushed. */
    @BeforeEach
    void writeAndKill() {
        System.out.println("DamageIT: seed " + SEED);
        launcher =
                new EblaLauncher(directory)
                        .property("oplog.segment-size", "1MB")
                        .property("limits.value", "128KB")
                        .property("limits.batch", "128KB")
                        .property("tablet.idle-flush", "1h");
        try (EblaProcess server = launcher.start()) {
            server.awaitReady();
            Api api = new Api(server.uri());
            api.createTable("t", "{\"splitAt\":[\"m\"]}");
            for (int i = 0; i < ROWS; i++) {
                assertThat(api.put(left(i), value("left", i)).committed()).isTrue();
                assertThat(api.put(right(i), value("right", i)).committed()).isTrue();
            }
            awaitClosingMarker();
            server.kill();
        }
    }

    /** Which an idle journal writes, and which makes all that was written "durable below it". */
    private void awaitClosingMarker() {
        boolean written =
                Eventually.happens(
                        Duration.ofSeconds(30),
                        () -> {
                            try {
                                return !new JournalFiles(launcher.data()).endsWith("-value-");
                            } catch (IOException unreadable) {
                                throw new UncheckedIOException(unreadable);
                            }
                        });
        assertThat(written).as("the closing marker").isTrue();
    }

    @Test
    void aTornTailIsCutAndNothingIsLost() throws IOException {
        for (int round = 0; round < 3; round++) {
            new JournalFiles(launcher.data()).cutLastPage(1 + random.nextInt(4000));
            everythingIsThere();
            byte[] rubbish = new byte[1 + random.nextInt(20_000)];
            random.nextBytes(rubbish);
            new JournalFiles(launcher.data()).appendRubbish(rubbish);
            everythingIsThere();
        }
    }

    @Test
    void aFlippedBitIsToldByItsTabletAndTheOtherServes() throws IOException {
        String victim = "left-value-7-";
        assertThat(new JournalFiles(launcher.data()).flipIn(victim)).isPositive();
        for (int start = 0; start < 2; start++) {
            try (EblaProcess server = launcher.start()) {
                server.awaitReady();
                Api api = new Api(server.uri());
                for (int i = 0; i < ROWS; i++) {
                    corrupted(api.get(left(i)));
                    assertThat(api.get(right(i)).body()).isEqualTo(value("right", i));
                }
                Answer write = api.put(left(1), "1");
                corrupted(write);
                assertThat(write.outcome()).isEqualTo("not_applied");
                assertThat(api.put(right(ROWS), value("right", ROWS)).committed()).isTrue();
                Answer scan = api.get("/v1/tables/t/rows?limit=10");
                corrupted(scan);
                Eventually.pause(Duration.ofMillis(300));
                server.kill();
            }
        }
    }

    @Test
    void aLostFrameIsNeverServedAsMissingRows() throws IOException {
        assertThat(new JournalFiles(launcher.data()).wipePageHeadOf("left-value-7-")).isPositive();
        try (EblaProcess server = launcher.start()) {
            server.awaitReady();
            Api api = new Api(server.uri());
            for (int i = 0; i < ROWS; i++) {
                corrupted(api.get(left(i)));
                Answer right = api.get(right(i));
                if (right.status() == 200) {
                    assertThat(right.body()).isEqualTo(value("right", i));
                } else {
                    corrupted(right);
                }
            }
            server.kill();
        }
    }

    private void everythingIsThere() {
        try (EblaProcess server = launcher.start()) {
            server.awaitReady();
            Api api = new Api(server.uri());
            for (int i = 0; i < ROWS; i++) {
                assertThat(api.get(left(i)).body()).isEqualTo(value("left", i));
                assertThat(api.get(right(i)).body()).isEqualTo(value("right", i));
            }
            Eventually.pause(Duration.ofMillis(500));
            server.kill();
        }
    }

    private static void corrupted(Answer answer) {
        assertThat(answer.status()).as("%s", answer).isEqualTo(503);
        assertThat(answer.body()).contains("\"code\":\"corrupted\"");
    }

    private static String left(int row) {
        return Api.row("t", "left", "row" + row);
    }

    private static String right(int row) {
        return Api.row("t", "right", "row" + row);
    }

    private static String value(String side, int row) {
        return "\"" + side + "-value-" + row + "-\"";
    }
}
