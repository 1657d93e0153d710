package io.ebla.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ebla.cli.ScriptedServer.Answer;
import io.ebla.core.port.FreePorts;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What commands say, and exit with, when things go wrong. */
class FailingCommandsTest {

    private static final String TABLE = "{\"name\":\"t\",\"replicas\":1,\"tablets\":1}";

    @TempDir private Path directory;
    private ScriptedServer server;
    private Terminal terminal;

    @BeforeEach
    void start() throws IOException {
        server = new ScriptedServer().on("GET /v1/tables/t", Answer.of(200, TABLE));
        terminal = new Terminal(server.url());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void wrongUsageExitsWith2AndShowsHowItIsMeant() {
        assertThat(terminal.run("put", "t")).isEqualTo(2);
        assertThat(terminal.err()).contains("Missing required parameter: 'PK'", "Usage: ebla put");
        assertThat(terminal.run("nonsense")).isEqualTo(2);
        assertThat(terminal.run("get", "t", "a", "--timeout", "soon")).isEqualTo(2);
        assertThat(terminal.err()).isEqualTo("ebla: --timeout: 'soon' is no duration\n");
        assertThat(terminal.run("put", "t", "a", "--file", "/nowhere/at/all")).isEqualTo(2);
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void everyCommandHasHelpWithAnExample() {
        for (String command :
                List.of(
                        "dev",
                        "meta-server",
                        "tablet-server",
                        "put",
                        "get",
                        "delete",
                        "scan",
                        "import",
                        "export",
                        "batch",
                        "table",
                        "bench")) {
            assertThat(terminal.run(command, "--help")).as(command).isZero();
            assertThat(terminal.out())
                    .as(command)
                    .contains("Usage: ebla " + command, "ebla " + command);
            assertThat(terminal.out()).as(command).containsPattern("(?m)^Examples?:$");
        }
    }

    @Test
    void anAbsentRowOrTableExitsWith3() {
        server.on("GET /v1/tables/t/rows/a", Answer.problem(404, "row_not_found", ""));
        assertThat(terminal.run("get", "t", "a")).isEqualTo(3);
        assertThat(terminal.out()).isEmpty();
        server.on("GET /v1/tables/u", Answer.problem(404, "table_not_found", ""));
        assertThat(terminal.run("table", "show", "u")).isEqualTo(3);
        assertThat(terminal.err()).isEqualTo("ebla: table_not_found: said so\n");
        assertThat(terminal.input("").run("import", "u")).isEqualTo(3);
    }

    @Test
    void aFailedConditionExitsWith4() {
        server.on(
                "PUT /v1/tables/t/rows/a", Answer.problem(412, "condition_failed", "not_applied"));
        assertThat(terminal.run("put", "t", "a", "1", "--if-absent")).isEqualTo(4);
        assertThat(terminal.err()).isEqualTo("ebla: condition_failed: said so [not_applied]\n");
    }

    @Test
    void anUnknownOutcomeExitsWith5() {
        server.on("PUT /v1/tables/t/rows/a", Answer.problem(504, "ack_timeout", "unknown"));
        assertThat(terminal.run("put", "t", "a", "1")).isEqualTo(5);
        server.on("DELETE /v1/tables/t/rows/a", new Answer(200, "", true));
        assertThat(terminal.run("delete", "t", "a")).isEqualTo(5);
        assertThat(terminal.err()).contains("connection_lost").endsWith("[unknown]\n");
    }

    @Test
    void anAbsentServerExitsWith1() {
        int unused = FreePorts.next();
        assertThat(terminal.run("table", "list", "--url", "http://127.0.0.1:" + unused))
                .isEqualTo(1);
        assertThat(terminal.err()).startsWith("ebla: unreachable: http://127.0.0.1:" + unused);
    }

    @Test
    void anOptionGoesBeforeItsVariable() {
        server.on("GET /v1/tables", Answer.of(200, "{\"tables\":[" + TABLE + "]}"));
        assertThat(terminal.with("EBLA_OUTPUT", "json").run("table", "list")).isZero();
        assertThat(terminal.out()).startsWith("{\"tables\":[{\"name\":\"t\"");
        assertThat(terminal.run("table", "list", "--output", "text")).isZero();
        assertThat(terminal.out()).startsWith("t: ");
    }

    @Test
    void badLinesAreToldWithTheNumberTheyHaveInTheSource() {
        server.on("POST /v1/tables/t/rows", FailingCommandsTest::refuseOddNumbers);
        StringBuilder lines = new StringBuilder("\n"); // a blank line counts, and is not sent
        for (int i = 0; i < 40; i++) {
            lines.append("{\"pk\":\"k")
                    .append(i % 7)
                    .append("\",\"data\":")
                    .append(i)
                    .append("}\n");
        }
        terminal.input(lines.toString());
        assertThat(terminal.run("import", "t", "--connections", "3")).isEqualTo(1);
        assertThat(terminal.out()).startsWith("20 written, 0 deleted, 20 failed, 0 unknown in ");
        List<String> told = terminal.err().lines().sorted().toList();
        List<String> expected = new ArrayList<>();
        for (int i = 1; i < 40; i += 2) {
            expected.add("line " + (i + 2) + ": invalid_argument: " + i + " is odd");
        }
        assertThat(told).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void badLinesThatAreNotToldAreAnnounced() {
        server.on(
                "POST /v1/tables/t/rows",
                Answer.of(
                        200,
                        "{\"written\":0,\"deleted\":0,\"failed\":7,\"unknown\":0,\"errors\":[{"
                                + "\"line\":1,\"code\":\"invalid_argument\",\"detail\":\"odd\"}]}"));
        assertThat(terminal.input("{\"pk\":\"a\"}\n".repeat(7)).run("import", "t")).isEqualTo(1);
        assertThat(terminal.err()).isEqualTo("line 1: invalid_argument: odd\n6 more bad lines\n");
    }

    @Test
    void whatWasWrittenIsToldWhenTheSourceFails() {
        server.on("POST /v1/tables/t/rows", FailingCommandsTest::writeAll);
        InputStream lines =
                new ByteArrayInputStream("{\"pk\":\"a\"}\n".getBytes(StandardCharsets.UTF_8));
        InputStream broken =
                new InputStream() {
                    @Override
                    public int read() throws IOException {
                        throw new IOException("the disk is gone");
                    }
                };
        terminal.input(new SequenceInputStream(lines, broken));
        assertThat(terminal.run("import", "t")).isEqualTo(1);
        assertThat(terminal.out()).startsWith("1 written, 0 deleted, 0 failed, 0 unknown");
        assertThat(terminal.err()).isEqualTo("ebla: the disk is gone\n");
    }

    private static Answer refuseOddNumbers(ScriptedServer.Request request) {
        List<String> errors = new ArrayList<>();
        long line = 0;
        for (String text : request.lines()) {
            line++;
            Matcher number = Pattern.compile("\"data\":(\\d+)").matcher(text);
            if (number.find() && Integer.parseInt(number.group(1)) % 2 == 1) {
                errors.add(
                        "{\"line\":%d,\"code\":\"invalid_argument\",\"detail\":\"%s is odd\"}"
                                .formatted(line, number.group(1)));
            }
        }
        return Answer.of(
                200,
                "{\"written\":%d,\"deleted\":0,\"failed\":%d,\"unknown\":0,\"errors\":[%s]}"
                        .formatted(line - errors.size(), errors.size(), String.join(",", errors)));
    }

    @Test
    void linesOfOnePkKeepTheirOrder() {
        server.on("POST /v1/tables/t/rows", FailingCommandsTest::writeAll);
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            lines.append("{\"sk\":\"s\",\"pk\":\"k%d\",\"data\":%d}%n".formatted(i % 5, i));
        }
        assertThat(terminal.input(lines.toString()).run("import", "t")).isZero();
        assertThat(server.requests().size()).isGreaterThan(4);
        for (int pk = 0; pk < 5; pk++) {
            String wanted = "\"pk\":\"k" + pk + "\"";
            List<Integer> numbers =
                    server.requests().stream()
                            .flatMap(request -> request.body().lines())
                            .filter(line -> line.contains(wanted))
                            .map(line -> line.replaceAll(".*\"data\":(\\d+).*", "$1"))
                            .map(Integer::valueOf)
                            .toList();
            assertThat(numbers).hasSize(4000).isSorted();
        }
    }

    private static Answer writeAll(ScriptedServer.Request request) {
        return Answer.of(200, "{\"written\":%d}".formatted(request.lines().size()));
    }

    @Test
    void whatWasCertainlyNotAppliedIsSentAgain() {
        AtomicInteger calls = new AtomicInteger();
        server.on(
                "POST /v1/tables/t/rows",
                request ->
                        calls.incrementAndGet() < 3
                                ? Answer.problem(429, "overloaded", "not_applied")
                                : writeAll(request));
        assertThat(terminal.input("{\"pk\":\"a\",\"data\":1}").run("import", "t")).isZero();
        assertThat(calls).hasValue(3);
        assertThat(terminal.out()).startsWith("1 written");
    }

    @Test
    void aLostBulkWriteIsUnknownAndNotSentAgain() {
        server.on("POST /v1/tables/t/rows", new Answer(200, "", true));
        terminal.input("{\"pk\":\"a\",\"data\":1}\n{\"pk\":\"a\",\"data\":2}\n");
        assertThat(terminal.run("import", "t")).isEqualTo(5);
        assertThat(terminal.out()).startsWith("0 written, 0 deleted, 0 failed, 2 unknown");
        assertThat(terminal.err()).contains("lines among 1 to 2, unknown whether written");
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void anExportThatIsCutLeavesNoFileThatLooksWhole() throws IOException {
        Path file = directory.resolve("rows.ndjson");
        server.on("GET /v1/tables/t/rows", new Answer(200, "{\"pk\":\"a\"}\n", true));
        assertThat(terminal.run("export", "t", file.toString())).isEqualTo(1);
        assertThat(terminal.err()).contains("connection_lost: the stream was cut short");
        try (var files = Files.list(directory)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void aPipeIsWrittenToAndNotReplaced() throws IOException, InterruptedException {
        Path pipe = directory.resolve("pipe");
        assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0);
        Process reader = new ProcessBuilder("cat", pipe.toString()).start();
        server.on("GET /v1/tables/t/rows", Answer.of(200, "{\"pk\":\"a\"}\n"));
        assertThat(terminal.run("export", "t", pipe.toString())).isZero();
        assertThat(reader.getInputStream()).hasContent("{\"pk\":\"a\"}\n");
        assertThat(Files.isRegularFile(pipe)).isFalse();
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(pipe);
        }
    }

    @Test
    void anExportEndedByAnErrorLineFails() {
        server.on(
                "GET /v1/tables/t/rows",
                Answer.of(
                        200,
                        "{\"pk\":\"a\"}\n{\"error\":{\"code\":\"no_master\",\"status\":503}}\n"));
        assertThat(terminal.run("export", "t")).isEqualTo(1);
        assertThat(terminal.out()).isEqualTo("{\"pk\":\"a\"}\n");
        assertThat(terminal.err()).contains("ebla: no_master");
        assertThat(terminal.run("scan", "t")).isEqualTo(1);
    }

    @Test
    void whoseOutputNobodyTakesReadsNoFurther() {
        // To read on to the end would be to see that the answer is cut, and to exit with 1.
        server.on("GET /v1/tables/t/rows", new Answer(200, "{\"pk\":\"a\"}\n".repeat(300), true));
        for (String[] command :
                new String[][] {
                    {"scan", "t"}, {"scan", "t", "--output", "json"}, {"export", "t", "--quiet"}
                }) {
            assertThat(terminal.runUnread(command)).isEqualTo(141);
            assertThat(terminal.err()).startsWith("ebla: standard output ended early");
        }
    }

    @Test
    void aScanPrintsNothingThatPlaysWithTheTerminal() {
        server.on(
                "GET /v1/tables/t/rows",
                Answer.of(
                        200,
                        "{\"pk\":\"a\\u001bb\",\"sk\":\"c\",\"base64\":\"GwpoaQ==\",\"contentType\":"
                                + "\"text/plain\"}\n{\"pk\":\"d\",\"base64\":\"AAE=\",\"contentType\":"
                                + "\"image/png\"}\n"));
        assertThat(terminal.run("scan", "t")).isZero();
        assertThat(terminal.out())
                .isEqualTo("a\\u001bb/c\t\\u001b\\nhi\nd\t<2 bytes of image/png>\n");
    }
}
