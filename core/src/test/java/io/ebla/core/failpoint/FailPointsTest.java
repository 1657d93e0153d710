package io.ebla.core.failpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FailPointsTest {

    @TempDir private Path directory;

    @Test
    void aProcessThatIsNotToldToHasNone() {
        assertThat(FailPoints.ON).isFalse();
        FailPoints.announce();
        for (NodeMoment moment : NodeMoment.values()) {
            FailPoints.reached(moment);
        }
    }

    @Test
    void onlyWhatIsArmedHolds() throws IOException {
        Files.createFile(directory.resolve("split.done"));
        new FailPoints(directory).pass("split.split");
        assertThat(directory.resolve("split.done")).exists();
    }

    @Test
    void theFirstThatComesByIsHeldUntilItIsReleasedAndTheNextIsNot() throws Exception {
        FailPoints points = new FailPoints(directory);
        String point = NodeMoment.FENCED.point();
        Files.createFile(directory.resolve(point));
        CountDownLatch passed = new CountDownLatch(1);
        Thread thread =
                new Thread(
                        () -> {
                            points.pass(point);
                            passed.countDown();
                        });
        thread.start();
        Path reached = directory.resolve(point + ".reached");
        while (!Files.exists(reached)) {
            Thread.onSpinWait();
        }
        points.pass(point);
        assertThat(passed.getCount()).isOne();
        Files.delete(reached);
        assertThat(passed.await(Duration.ofSeconds(30).toMillis(), TimeUnit.MILLISECONDS)).isTrue();
        thread.join();
    }

    @Test
    void phasesAreCalledAsUsersSeeThem() {
        assertThat(FailPoints.point("split", Thread.State.TIMED_WAITING))
                .isEqualTo("split.timed_waiting");
    }
}
