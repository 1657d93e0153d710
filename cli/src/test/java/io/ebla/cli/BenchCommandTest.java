package io.ebla.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.cli.ScriptedServer.Answer;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BenchCommandTest {

    private ScriptedServer server;
    private Terminal terminal;

    @BeforeEach
    void start() throws IOException {
        server =
                new ScriptedServer()
                        .on("GET /v1/tables", Answer.of(200, "{\"tables\":[]}"))
                        .on("PUT /v1/tables/bench", Answer.of(201, "{\"name\":\"bench\"}"))
                        .on(
                                "POST /v1/tables/bench/rows",
                                request ->
                                        Answer.of(
                                                200,
                                                "{\"written\":" + request.lines().size() + "}"))
                        .on("GET /v1/tables/bench/rows/k0000000000", Answer.of(200, "xxxx"))
                        .on("PUT /v1/tables/bench/rows/k0000000000", Answer.of(200, "{}"));
        terminal = new Terminal(server.url());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private int bench(String... more) {
        String[] fixed = {"bench", "--keys", "1", "--connections", "2", "--seconds", "1"};
        String[] all = new String[fixed.length + 2 + more.length];
        System.arraycopy(fixed, 0, all, 0, fixed.length);
        all[fixed.length] = "--warm-up";
        all[fixed.length + 1] = "0";
        System.arraycopy(more, 0, all, fixed.length + 2, more.length);
        return terminal.run(all);
    }

    @Test
    void aRunTellsThroughputAndPercentilesAndServerCpu() {
        AtomicInteger asked = new AtomicInteger();
        server.on(
                "GET /actuator/prometheus",
                request ->
                        Answer.of(
                                200,
                                "# HELP x\nprocess_cpu_time_ns_total "
                                        + (1 + asked.getAndIncrement()) * 2.5e9
                                        + "\n"));
        assertThat(bench("--output", "json")).isZero();
        assertThat(terminal.out())
                .contains("\"void\":false", "\"serverCpuSeconds\":2.5", "\"p99.9Millis\":")
                .contains("\"requestsPerServerCpuSecond\":", "\"errors\":{}");
        assertThat(bench("--value-size", "10")).isZero();
        assertThat(terminal.out())
                .containsPattern("reads +[\\d,]+ +[\\d,]+/s  p50 [\\d.]+ ms")
                .containsPattern("writes +[\\d,]+")
                .contains("server   2.50 CPU seconds", "errors   0")
                .doesNotContain("VOID");
    }

    @Test
    void aRunWithErrorsIsVoid() {
        server.on(
                "PUT /v1/tables/bench/rows/k0000000000",
                Answer.problem(429, "overloaded", "not_applied"));
        assertThat(bench("--value-size", "10")).isEqualTo(1);
        assertThat(terminal.out()).contains("x write: 429 overloaded", "VOID");
    }

    @Test
    void aServerThatHangsUpMakesTheRunVoid() {
        server.on("GET /v1/tables/bench/rows/k0000000000", new Answer(200, "x", true));
        assertThat(bench("--reads", "100")).isEqualTo(1);
        assertThat(terminal.out()).contains("the server closed a connection", "VOID");
    }

    @Test
    void aPlanThatMakesNoSenseIsWrongUsage() {
        assertThat(bench("--reads", "101")).isEqualTo(2);
        assertThat(terminal.err()).isEqualTo("ebla: --reads cannot be 101\n");
    }
}
