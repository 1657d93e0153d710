package io.ebla.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.cli.server.Rehearsal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Every command against a real server; each test has a table of its own. */
class RealServerTest {

    private static final Path SAMPLE = Path.of("../src/data/sample/iso-codes.ndjson");

    private static Rehearsal server;

    @TempDir private Path directory;
    private Terminal ebla;
    private String table;

    @BeforeAll
    static void start() throws IOException {
        server = PatientServer.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @BeforeEach
    void createTable(TestInfo test) {
        ebla = new Terminal(server.url()).with("EBLA_TIMEOUT", "30s");
        table = test.getTestMethod().orElseThrow().getName().toLowerCase(java.util.Locale.ROOT);
        assertThat(ebla.run("table", "create", table)).as(ebla.err()).isZero();
    }

    @Test
    void aRowIsPutReadReplacedAndDeleted() {
        assertThat(ebla.run("put", table, "rex", "{\"age\":3}")).as(ebla.err()).isZero();
        assertThat(ebla.out()).matches("created, version \\S+, committed \\(1 copy\\)\n");
        assertThat(ebla.run("get", table, "rex")).isZero();
        assertThat(ebla.out()).isEqualTo("{\"age\":3}");
        assertThat(ebla.run("put", table, "rex", "{\"age\":4}", "--if", "data.age == 3")).isZero();
        assertThat(ebla.out()).startsWith("replaced, version ");
        assertThat(ebla.run("put", table, "rex", "{}", "--if", "data.age == 3")).isEqualTo(4);
        assertThat(ebla.run("put", table, "rex", "{}", "--if-absent")).isEqualTo(4);
        assertThat(ebla.run("get", table, "rex", "--output", "json")).isZero();
        assertThat(ebla.out())
                .startsWith("{\"pk\":\"rex\",\"data\":{\"age\":4},\"version\":\"")
                .contains("\"createdAt\":\"2");
        assertThat(ebla.run("delete", table, "rex")).isZero();
        assertThat(ebla.out()).startsWith("deleted, ").contains("committed");
        assertThat(ebla.run("get", table, "rex")).isEqualTo(3);
    }

    @Test
    void bytesComeBackAsTheyWere() throws IOException {
        byte[] bytes = new byte[70_000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 31 >> 3);
        }
        Path file = Files.write(directory.resolve("in"), bytes);
        assertThat(ebla.run("put", table, "a", "--sk", "..", "--file", file.toString())).isZero();
        assertThat(ebla.run("get", table, "a", "--sk", "..")).as(ebla.err()).isZero();
        assertThat(ebla.bytes()).isEqualTo(bytes);
        assertThat(ebla.input(bytes).run("put", table, "/wD+", "--base64-keys")).isZero();
        assertThat(ebla.run("get", table, "/wD+", "--base64-keys")).isZero();
        assertThat(ebla.bytes()).isEqualTo(bytes);
    }

    @Test
    void tablesAreListedShownChangedAndDropped() {
        String other = table + "2";
        assertThat(ebla.run("table", "create", other, "--split-at", "g,n", "--ttl", "90m"))
                .isZero();
        assertThat(ebla.out())
                .startsWith(other + ": disk, 1 replica, 3 tablets, rows live 90m, created 2");
        assertThat(ebla.run("table", "create", other, "--ttl", "1h")).isEqualTo(1);
        assertThat(ebla.err()).startsWith("ebla: table_exists: ");
        assertThat(ebla.run("table", "tablets", other)).isZero();
        assertThat(ebla.out().lines()).hasSize(4);
        assertThat(ebla.run("table", "alter", other, "--ttl", "never")).as(ebla.err()).isZero();
        assertThat(ebla.run("table", "show", other, "--output", "json")).isZero();
        assertThat(ebla.out()).contains("\"name\":\"" + other + "\"").doesNotContain("ttl");
        assertThat(ebla.run("table", "list")).isZero();
        assertThat(ebla.out()).contains(other + ": disk").contains(table + ": disk");
        assertThat(ebla.run("table", "drop", other)).isZero();
        assertThat(ebla.run("table", "drop", other)).isEqualTo(3);
        assertThat(ebla.run("table", "drop", other, "--if-exists")).isZero();
    }

    @Test
    void aBatchHappensAsAWholeOrNotAtAll() throws IOException {
        String put = "{\"put\":{\"pk\":\"a\",\"sk\":\"1\",\"data\":1},\"if\":\"pk == null\"}";
        assertThat(ebla.input("[" + put + "]").run("batch", table)).as(ebla.err()).isZero();
        assertThat(ebla.out()).isEqualTo("1 operation done, committed\n");
        String other = "{\"put\":{\"pk\":\"a\",\"sk\":\"2\",\"data\":2}}";
        Path file = directory.resolve("ops.json");
        Files.writeString(file, "{\"ops\":[" + other + "," + put + "]}");
        assertThat(ebla.run("batch", table, file.toString())).isEqualTo(4);
        assertThat(ebla.err()).contains("condition_failed", "(operation 1)", "[not_applied]");
        assertThat(ebla.run("get", table, "a", "--sk", "2")).isEqualTo(3);
    }

    @Test
    void whatIsImportedIsWhatIsExported() throws IOException {
        assertThat(ebla.run("import", table, SAMPLE.toString())).as(ebla.err()).isZero();
        assertThat(ebla.out()).startsWith("430 written, 0 deleted, 0 failed, 0 unknown in ");
        Path file = directory.resolve("out.ndjson");
        assertThat(ebla.run("export", table, file.toString())).as(ebla.err()).isZero();
        assertThat(ebla.err()).contains("430 rows");
        assertThat(Files.readAllLines(file).stream().map(RealServerTest::keyAndData))
                .containsExactlyElementsOf(Files.readAllLines(SAMPLE));

        assertThat(ebla.run("table", "create", table + "2")).isZero();
        assertThat(ebla.run("import", table + "2", file.toString())).as(ebla.err()).isZero();
        assertThat(ebla.run("export", table + "2")).isZero();
        assertThat(ebla.out().lines().map(RealServerTest::keyAndData))
                .containsExactlyElementsOf(Files.readAllLines(SAMPLE));
    }

    /** An exported row as the sample has it: without what the server adds. */
    private static String keyAndData(String row) {
        return row.replaceAll(",\"(contentType|version|createdAt|updatedAt)\":\"[^\"]*\"", "");
    }

    @Test
    void badLinesFailAloneAndAreTold() {
        String lines =
                "{\"pk\":\"a\",\"data\":1}\nnot json\n{\"pk\":\"b\"}\n\n{\"pk\":\"c\",\"data\":3}\n";
        assertThat(ebla.input(lines).run("import", table)).isEqualTo(1);
        assertThat(ebla.out()).startsWith("2 written, 0 deleted, 2 failed, 0 unknown");
        assertThat(ebla.err()).contains("line 2: ", "line 3: ").doesNotContain("line 4");
        assertThat(ebla.run("scan", table)).isZero();
        assertThat(ebla.out()).isEqualTo("a\t1\nc\t3\n");
    }

    @Test
    void scansAreBoundedOrderedAndFiltered() {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 10; i++) {
            lines.append("{\"pk\":\"k%d\",\"sk\":\"s\",\"data\":{\"n\":%d}}%n".formatted(i, i));
        }
        assertThat(ebla.input(lines.toString()).run("import", table)).isZero();
        assertThat(scan("--from", "k3", "--to", "k6")).containsExactly("k3/s", "k4/s", "k5/s");
        assertThat(scan("--prefix", "k7")).containsExactly("k7/s");
        assertThat(scan("--desc", "--limit", "2")).containsExactly("k9/s", "k8/s");
        assertThat(scan("--if", "data.n % 4 == 1")).containsExactly("k1/s", "k5/s", "k9/s");
        assertThat(scan("--pk", "k2")).containsExactly("k2/s");
        assertThat(ebla.run("scan", table, "--limit", "1", "--output", "json")).isZero();
        assertThat(ebla.out()).startsWith("{\"pk\":\"k0\",\"sk\":\"s\",\"data\":{\"n\":0},");
        assertThat(ebla.run("scan", table, "--if", "data.n +")).isEqualTo(1);
        assertThat(ebla.err()).startsWith("ebla: invalid_argument: ");
    }

    private List<String> scan(String... bounds) {
        String[] all = new String[bounds.length + 3];
        all[0] = "scan";
        all[1] = table;
        all[2] = "--keys-only";
        System.arraycopy(bounds, 0, all, 3, bounds.length);
        assertThat(ebla.run(all)).as(ebla.err()).isZero();
        return ebla.out().lines().toList();
    }

    @Test
    void aShortBenchRunsWithoutErrors() {
        int status =
                ebla.run(
                        "bench",
                        "--table",
                        table,
                        "--keys",
                        "100",
                        "--value-size",
                        "100",
                        "--connections",
                        "4",
                        "--seconds",
                        "1",
                        "--warm-up",
                        "0",
                        "--output",
                        "json");
        assertThat(ebla.out()).contains("\"errors\":{}", "\"requestsPerServerCpuSecond\":");
        assertThat(status).isZero();
        int batches =
                ebla.run(
                        "bench",
                        "--table",
                        table,
                        "--keys",
                        "100",
                        "--value-size",
                        "100",
                        "--batch",
                        "10",
                        "--connections",
                        "2",
                        "--seconds",
                        "1",
                        "--warm-up",
                        "0");
        assertThat(batches).as(ebla.out()).isZero();
    }

    @Test
    void theServerTellsWhatItIs() {
        assertThat(ebla.run("version")).isZero();
        assertThat(ebla.out().getBytes(StandardCharsets.UTF_8)).asString().startsWith("ebla ");
    }
}
