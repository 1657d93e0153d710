package io.ebla.client;

import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Talks to one Ebla server. Threads share it; connections are kept and used again.
 *
 * <p>Every method answers when the server has, and throws {@link EblaClientException} for anything
 * but success, except an absent row, which is an empty {@link Optional}. Nothing is repeated behind
 * the caller's back: a write whose answer is lost is {@code unknown}, and whoever wants to repeat it
 * safely gives it an idempotency key.
 */
public final class EblaClient {

    private static final String NDJSON = "application/x-ndjson";

    private static final Duration GRACE = Duration.ofSeconds(5);

    private final Transport transport;

    public EblaClient(ClientSettings settings) {
        this(settings, GRACE);
    }

    /** @param grace how much longer than the server the client waits for the server's answer */
    EblaClient(ClientSettings settings, Duration grace) {
        this.transport = new Transport(settings, grace);
    }

    public static EblaClient of(String url) {
        return new EblaClient(ClientSettings.of(URI.create(url)));
    }

    // Tables

    /** Creates the table, or confirms that it is there with these options. */
    public TableDescription createTable(String table, TableOptions options) {
        byte[] body = Json.tableOptions(options);
        return read(json("PUT", Paths.table(table), body), TableDescription.class);
    }

    public List<TableDescription> tables() {
        JsonNode tables = read(get("/v1/tables"), JsonNode.class).path("tables");
        List<TableDescription> found = new ArrayList<>();
        tables.forEach(one -> found.add(Json.MAPPER.treeToValue(one, TableDescription.class)));
        return found;
    }

    public TableDescription table(String table) {
        return read(get(Paths.table(table)), TableDescription.class);
    }

    /** Changes how long rows written from now on live. */
    public TableDescription alterTable(String table, TableOptions changes) {
        byte[] body = Json.tableOptions(changes);
        return read(json("PATCH", Paths.table(table), body), TableDescription.class);
    }

    public void dropTable(String table) {
        transport.exchange(transport.request(Paths.table(table)).DELETE().build());
    }

    /** The table's tablets in key order. */
    public List<TabletDescription> tablets(String table) {
        HttpRequest request = get(Paths.table(table) + "/tablets");
        List<TabletDescription> found = new ArrayList<>();
        read(request, JsonNode.class)
                .path("tablets")
                .forEach(one -> found.add(Json.MAPPER.treeToValue(one, TabletDescription.class)));
        return found;
    }

    /** The servers of the cluster and what goes on among them. */
    public ClusterDescription cluster() {
        return read(get("/v1/cluster"), ClusterDescription.class);
    }

    /** What an operator asks of the cluster. */
    public ClusterAdministration administration() {
        return new ClusterAdministration(transport);
    }

    // Rows

    public WriteReceipt put(String table, RowKey key, Value value) {
        return put(table, key, value, WriteOptions.defaults());
    }

    public WriteReceipt put(String table, RowKey key, Value value, WriteOptions options) {
        Optional<String> path = Paths.row(table, key);
        if (path.isEmpty()) {
            String condition = options.wholeCondition();
            return batch(table, new Batch().put(key, value, options.ttl(), condition), options);
        }
        HttpRequest.Builder request =
                transport
                        .request(path.get() + writeQuery(options, true))
                        .header("Content-Type", value.contentType())
                        .PUT(bytes(value.bytes()));
        return receipt(transport.exchange(withConditions(request, options).build()));
    }

    /** Also succeeds when the row is not there, unless a condition asks for it. */
    public WriteReceipt delete(String table, RowKey key, WriteOptions options) {
        Optional<String> path = Paths.row(table, key);
        if (path.isEmpty()) {
            return batch(table, new Batch().delete(key, options.wholeCondition()), options);
        }
        HttpRequest.Builder request =
                transport.request(path.get() + writeQuery(options, true)).DELETE();
        return receipt(transport.exchange(withConditions(request, options).build()));
    }

    public WriteReceipt delete(String table, RowKey key) {
        return delete(table, key, WriteOptions.defaults());
    }

    public Optional<StoredRow> get(String table, RowKey key) {
        return get(table, key, ReadOptions.defaults());
    }

    public Optional<StoredRow> get(String table, RowKey key, ReadOptions options) {
        Optional<String> path = Paths.row(table, key);
        if (path.isEmpty()) {
            return getMany(table, List.of(key), options).get(0);
        }
        Paths.Query query = new Paths.Query().add("read", options.level());
        HttpRequest.Builder request =
                transport.request(path.get() + query.add("timeout", options.timeout())).GET();
        if (options.position() != null) {
            request.header("Ebla-Position", options.position());
        }
        try {
            HttpResponse<byte[]> response = transport.exchange(request.build());
            return Optional.of(row(key, response));
        } catch (EblaClientException refused) {
            if (refused.is(ErrorCode.ROW_NOT_FOUND)) {
                return Optional.empty();
            }
            throw refused;
        }
    }

    /** One entry for each key, in the order asked. */
    public List<Optional<StoredRow>> getMany(String table, List<RowKey> keys, ReadOptions options) {
        Paths.Query query = new Paths.Query().add("timeout", options.timeout());
        byte[] body = Json.keys(keys, options);
        HttpRequest request = json("POST", Paths.table(table) + "/get" + query, body);
        List<Optional<StoredRow>> rows = Rows.many(transport.exchange(request).body());
        if (rows.size() != keys.size()) {
            throw Transport.unreadable(
                    keys.size() + " rows", new IllegalArgumentException(rows.size() + " rows"));
        }
        return rows;
    }

    // Several at once

    public WriteReceipt batch(String table, Batch batch) {
        return batch(table, batch, WriteOptions.defaults());
    }

    /** Of the options, conditions and ttl belong to the operations and are not looked at here. */
    public WriteReceipt batch(String table, Batch batch, WriteOptions options) {
        return batch(table, Json.batch(batch), options);
    }

    /** @param body the batch in its JSON form, {@code {"ops":[...]}} */
    public WriteReceipt batch(String table, byte[] body, WriteOptions options) {
        HttpRequest.Builder request =
                transport
                        .request(Paths.table(table) + "/batch" + writeQuery(options, false))
                        .header("Content-Type", Value.JSON)
                        .POST(BodyPublishers.ofByteArray(body));
        if (options.idempotencyKey() != null) {
            request.header("Idempotency-Key", options.idempotencyKey());
        }
        return receipt(transport.exchange(request.build()));
    }

    /** Lines of one row keep their order; the lines are asked for as they can be sent. */
    public BulkReceipt bulkWrite(String table, Iterator<? extends BulkLine> lines) {
        return bulkWrite(table, new BulkBody(lines));
    }

    /** @param lines NDJSON, read as it can be sent */
    public BulkReceipt bulkWrite(String table, InputStream lines) {
        HttpRequest request =
                transport
                        .streaming(Paths.table(table) + "/rows")
                        .header("Content-Type", NDJSON)
                        .POST(BodyPublishers.ofInputStream(() -> lines))
                        .build();
        return read(request, BulkReceipt.class);
    }

    /** The rows of a range as a stream, in key order across all tablets. */
    public RowStream scan(String table, ScanRequest scan) {
        return new RowStream(scanLines(table, scan));
    }

    /** The same rows in their JSON form. */
    public LineStream scanLines(String table, ScanRequest scan) {
        Paths.Query query =
                new Paths.Query()
                        .add("pk", scan.pk())
                        .add("from", scan.from())
                        .add("to", scan.to())
                        .add("prefix", scan.prefix())
                        .add("order", scan.descending() ? "desc" : null)
                        .add("limit", scan.limit() == 0 ? null : scan.limit())
                        .add("if", scan.condition())
                        .add("values", scan.values() ? null : false);
        HttpRequest request =
                transport
                        .streaming(Paths.table(table) + "/rows" + query)
                        .header("Accept", NDJSON)
                        .GET()
                        .build();
        return new LineStream(transport.stream(request));
    }

    // What the server says of itself

    /** A text that the server shows, such as {@code /actuator/prometheus}. */
    public String text(String path) {
        return new String(transport.exchange(get(path)).body(), StandardCharsets.UTF_8);
    }

    // Requests and answers

    private HttpRequest get(String target) {
        return transport.request(target).GET().build();
    }

    private HttpRequest json(String method, String target, byte[] body) {
        return transport
                .request(target)
                .header("Content-Type", Value.JSON)
                .method(method, BodyPublishers.ofByteArray(body))
                .build();
    }

    private static HttpRequest.BodyPublisher bytes(Bytes value) {
        return BodyPublishers.ofByteArray(value.array(), value.offset(), value.length());
    }

    private static Paths.Query writeQuery(WriteOptions options, boolean oneRow) {
        Paths.Query query =
                new Paths.Query().add("acks", options.acks()).add("timeout", options.timeout());
        return oneRow ? query.add("ttl", options.ttl()).add("if", options.condition()) : query;
    }

    private static HttpRequest.Builder withConditions(
            HttpRequest.Builder request, WriteOptions options) {
        if (options.ifVersion() != null) {
            boolean any = options.ifVersion().equals("*");
            request.header("If-Match", any ? "*" : '"' + options.ifVersion() + '"');
        }
        if (options.ifAbsent()) {
            request.header("If-None-Match", "*");
        }
        if (options.idempotencyKey() != null) {
            request.header("Idempotency-Key", options.idempotencyKey());
        }
        return request;
    }

    private <T> T read(HttpRequest request, Class<T> type) {
        byte[] body = transport.exchange(request).body();
        try {
            return Json.MAPPER.readValue(body, type);
        } catch (JacksonException broken) {
            throw Transport.unreadable(type.getSimpleName(), broken);
        }
    }

    private static WriteReceipt receipt(HttpResponse<byte[]> response) {
        HttpHeaders headers = response.headers();
        Outcome outcome = Transport.outcome(headers.firstValue("Ebla-Outcome").orElse(""));
        int copies = (int) headers.firstValueAsLong("Ebla-Copies").orElse(0);
        return new WriteReceipt(
                outcome == null ? Outcome.UNKNOWN : outcome,
                copies,
                versions(response),
                switch (response.statusCode()) {
                    case 201 -> Optional.of(true);
                    case 200 -> isBatch(response) ? Optional.empty() : Optional.of(false);
                    default -> Optional.empty();
                },
                headers.firstValue("Idempotent-Replay").filter("true"::equals).isPresent(),
                headers.firstValue("Ebla-Position"));
    }

    private static boolean isBatch(HttpResponse<byte[]> response) {
        return response.request().method().equals("POST");
    }

    private static List<Optional<String>> versions(HttpResponse<byte[]> response) {
        if (!isBatch(response)) {
            Optional<String> etag = response.headers().firstValue("ETag");
            return List.of(etag.map(EblaClient::unquoted));
        }
        List<Optional<String>> versions = new ArrayList<>();
        Json.MAPPER
                .readTree(response.body())
                .path("results")
                .forEach(
                        one ->
                                versions.add(
                                        Optional.ofNullable(one.path("version").asString(null))));
        return versions;
    }

    private static StoredRow row(RowKey key, HttpResponse<byte[]> response) {
        HttpHeaders headers = response.headers();
        String contentType = headers.firstValue("Content-Type").orElse(Value.OCTETS);
        return new StoredRow(
                key,
                Optional.of(new Value(Bytes.wrap(response.body()), contentType)),
                headers.firstValue("ETag").map(EblaClient::unquoted).orElse(""),
                headers.firstValue("Ebla-Created-At").map(Instant::parse),
                headers.firstValue("Last-Modified").map(EblaClient::httpDate),
                headers.firstValue("Ebla-Expires-At").map(Instant::parse));
    }

    private static Instant httpDate(String text) {
        return ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
    }

    private static String unquoted(String etag) {
        return etag.length() >= 2 && etag.startsWith("\"")
                ? etag.substring(1, etag.length() - 1)
                : etag;
    }
}
