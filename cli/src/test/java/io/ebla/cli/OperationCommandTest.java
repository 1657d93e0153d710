package io.ebla.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.cli.ScriptedServer.Answer;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The commands that change what is where: what they ask, what they tell, and how they end. */
class OperationCommandTest {

    private static final Answer BEGUN = Answer.of(202, "{\"operation\":\"op-1\"}");
    private static final String OPERATION = "GET /v1/cluster/operations/op-1";

    private ScriptedServer server;
    private Terminal terminal;

    @BeforeEach
    void start() throws IOException {
        server = new ScriptedServer();
        terminal = new Terminal(server.url());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static Answer operation(String state, String progress) {
        return Answer.of(
                200,
                "{\"id\":\"op-1\",\"kind\":\"drain\",\"phase\":\"moving\",\"state\":\"%s\",%s\"startedAt\":\"x\"}"
                        .formatted(state, progress));
    }

    @Test
    void eachCommandAsksForItsOperation() {
        server.on("POST /v1/tables/visits/tablets/7/move", BEGUN)
                .on("POST /v1/tables/visits/tablets/7/master", BEGUN)
                .on("POST /v1/cluster/nodes/t3/drain", BEGUN)
                .on("POST /v1/cluster/nodes/t3/undrain", BEGUN)
                .on("PUT /v1/cluster/balancing", BEGUN);
        assertThat(terminal.run("cluster", "move", "visits", "7", "--from", "t1", "--to", "t4"))
                .isZero();
        assertThat(terminal.out()).isEqualTo("operation op-1\n");
        assertThat(terminal.run("cluster", "master", "visits", "7", "--to", "t2")).isZero();
        assertThat(terminal.run("cluster", "drain", "t3", "--output", "json")).isZero();
        assertThat(terminal.out()).isEqualTo("{\"operation\":\"op-1\"}\n");
        assertThat(terminal.run("cluster", "undrain", "t3")).isZero();
        assertThat(terminal.run("cluster", "pause-balancing")).isZero();
        assertThat(terminal.run("cluster", "resume-balancing")).isZero();
        assertThat(server.requests())
                .extracting(ScriptedServer.Request::body)
                .containsExactly(
                        "{\"from\":\"t1\",\"to\":\"t4\"}",
                        "{\"to\":\"t2\"}",
                        "",
                        "",
                        "{\"paused\":true}",
                        "{\"paused\":false}");
    }

    @Test
    void aSplitIsBegunAtItsBoundAndCanBeWaitedFor() {
        server.on("POST /v1/tables/visits/tablets/7/split", BEGUN)
                .on(OPERATION, operation("done", "\"progress\":1.0,"));
        assertThat(terminal.run("cluster", "split", "visits", "7")).isZero();
        assertThat(terminal.out()).isEqualTo("operation op-1\n");
        assertThat(terminal.run("cluster", "split", "visits", "7", "--at", "m", "--wait")).isZero();
        server.on(OPERATION, operation("aborted", ""));
        assertThat(terminal.run("cluster", "split", "visits", "7", "--wait"))
                .isEqualTo(ExitCode.FAILED);
        assertThat(server.requests())
                .filteredOn(each -> each.body().startsWith("{"))
                .extracting(ScriptedServer.Request::body)
                .containsExactly("{}", "{\"at\":{\"pkBase64\":\"bQ==\"}}", "{}");
    }

    @Test
    void theEndIsWaitedForAndToldByTheStatus() {
        Iterator<Answer> course =
                List.of(
                                operation("running", ""),
                                operation("running", "\"progress\":0.5,"),
                                operation("done", "\"progress\":1.0,"))
                        .iterator();
        server.on("POST /v1/cluster/nodes/t3/drain", BEGUN).on(OPERATION, request -> course.next());
        assertThat(terminal.run("cluster", "drain", "t3", "--wait")).isZero();
        assertThat(terminal.out()).contains("[####################] 100%  drain");
        server.on(OPERATION, operation("aborted", ""));
        assertThat(terminal.run("cluster", "drain", "t3", "--wait")).isEqualTo(ExitCode.FAILED);
    }

    @Test
    void whoeverWaitsAsksAgainWhileNobodyCanTell() {
        Iterator<Answer> course =
                List.of(
                                Answer.problem(429, "overloaded", "not_applied"),
                                operation("running", ""),
                                Answer.problem(429, "overloaded", "not_applied"),
                                operation("done", "\"progress\":1.0,"))
                        .iterator();
        server.on("POST /v1/cluster/nodes/t3/drain", BEGUN).on(OPERATION, request -> course.next());
        assertThat(terminal.run("cluster", "drain", "t3", "--wait")).isZero();
        assertThat(course.hasNext()).isFalse();
        server.on(OPERATION, Answer.problem(404, "operation_not_found", "not_applied"));
        assertThat(terminal.run("cluster", "drain", "t3", "--wait")).isNotZero();
    }

    @Test
    void aRefusalIsToldAndAMissingNodeIsAMistake() {
        server.on(
                "POST /v1/cluster/nodes/t3/drain",
                Answer.problem(422, "not_enough_nodes", "not_applied"));
        assertThat(terminal.run("cluster", "drain", "t3")).isEqualTo(ExitCode.FAILED);
        assertThat(terminal.run("cluster", "drain")).isEqualTo(ExitCode.USAGE);
        assertThat(terminal.run("cluster", "move", "visits", "7", "--to", "t4"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void progressIsABarOrUnknown() {
        assertThat(OperationCommand.bar(0.0)).isEqualTo("[--------------------]   0%");
        assertThat(OperationCommand.bar(0.42)).isEqualTo("[########------------]  42%");
        assertThat(OperationCommand.bar(null)).startsWith("[....................]");
    }
}
