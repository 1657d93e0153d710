package io.ebla.metaserver.procedure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** When what a leader has asked for is asked for again. */
class AskingTest {

    private final VirtualTime time = new VirtualTime();
    private final Asking<String> asking = new Asking<>(time, Runnable::run);
    private final List<String> heard = new ArrayList<>();

    private CompletableFuture<String> asked(String what) {
        CompletableFuture<String> call = new CompletableFuture<>();
        asking.begin(what);
        asking.answered(
                call,
                (answer, failure) -> {
                    asking.pause(what);
                    heard.add(failure == null ? answer : "failed");
                });
        return call;
    }

    @Test
    void nothingIsAskedForAgainBeforeItsAnswerAndAPause() {
        CompletableFuture<String> call = asked("seal");
        time.run(3_600_000);
        assertThat(asking.isDue("seal")).isFalse();
        assertThat(asking.isDue("join")).isTrue();
        call.completeExceptionally(new RuntimeException("lost"));
        assertThat(heard).containsExactly("failed");
        assertThat(asking.isDue("seal")).isFalse();
        time.run(300);
        assertThat(asking.isDue("seal")).isTrue();
    }

    @Test
    void whatWasAskedInAnEarlierReignIsHeardOfNoMore() {
        CompletableFuture<String> before = asked("seal");
        asking.abandon();
        assertThat(asking.isDue("seal")).isTrue();
        CompletableFuture<String> now = asked("seal");
        before.complete("before");
        time.run(300);
        assertThat(asking.isDue("seal")).isFalse();
        now.complete("now");
        assertThat(heard).containsExactly("now");
    }

    @Test
    void anAnswerThatCameLateEndsNoLaterQuestion() {
        long untilNanos = time.monotonicNanos() + 1;
        asking.begin("ready", untilNanos);
        time.run(1);
        assertThat(asking.isDue("ready")).isTrue();
        asking.begin("ready");
        asking.end("ready", untilNanos);
        assertThat(asking.isDue("ready")).isFalse();
    }
}
