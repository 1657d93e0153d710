package io.ebla.tabletserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FatalExitTimerTest {

    @Test
    void theProcessEndsAfterTheGraceForTheReasonGiven() throws Exception {
        CompletableFuture<String> ended = new CompletableFuture<>();
        new FatalExitTimer(ended::complete, 20).start("the journal failed to sync");
        assertThat(ended.get(30, TimeUnit.SECONDS)).isEqualTo("the journal failed to sync");
    }
}
