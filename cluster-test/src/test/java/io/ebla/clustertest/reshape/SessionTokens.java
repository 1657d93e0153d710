package io.ebla.clustertest.reshape;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes of one session, one after the other, and the tokens in their answers: whoever brings one, to
 * whatever server, has to see each row at least as it was when the token was given. One thread.
 */
final class SessionTokens {

    private static final JsonMapper JSON = new JsonMapper();

    /** @param write how many writes there had been when it was given */
    private record Token(String text, int write) {}

    private final List<Api> servers;
    private final String table;
    private final List<String> pks;
    private final List<Token> tokens = new ArrayList<>();

    /** Of each pk the numbers of its writes, which are its values. */
    private final Map<String, List<Integer>> writes = new HashMap<>();

    private int write;

    SessionTokens(List<Api> servers, String table, List<String> pks) {
        this.servers = servers;
        this.table = table;
        this.pks = List.copyOf(pks);
    }

    /** Writes each row once more, and keeps the tokens. */
    void write() {
        for (String pk : pks) {
            Api server = servers.get(++write % servers.size());
            Answer answer = server.put(Api.row(table, pk, null) + "?timeout=60s", "" + write);
            require(answer.ok() && answer.committed(), "write of " + pk, answer);
            writes.computeIfAbsent(pk, none -> new ArrayList<>()).add(write);
            tokens.add(new Token(answer.header("Ebla-Position"), write));
        }
    }

    /** Each token is brought to each server, for a row that the chance draws, and one for all rows. */
    void read(Random random) {
        for (Token token : tokens) {
            String pk = pks.get(random.nextInt(pks.size()));
            for (Api server : servers) {
                String path = Api.row(table, pk, null) + "?timeout=60s&read=session";
                Answer answer = server.get(path, "Ebla-Position", token.text());
                boolean right = answer.status() == 200 && shows(pk, answer.body(), token);
                require(right, "session read of " + pk + " with " + token, answer);
            }
        }
        Token token = tokens.get(random.nextInt(tokens.size()));
        servers.forEach(server -> readAll(server, token));
    }

    private void readAll(Api server, Token token) {
        String path = "/v1/tables/" + table + "/rows?timeout=60s&read=session";
        Answer page = server.get(path, "Ebla-Position", token.text());
        require(page.status() == 200, "session page with " + token, page);
        List<JsonNode> rows = new ArrayList<>();
        JSON.readTree(page.body()).get("rows").forEach(rows::add);
        requireAll(rows, token, page);
        String[] headers = {"Ebla-Position", token.text(), "Accept", "application/x-ndjson"};
        Answer stream = server.get(path, headers);
        require(stream.status() == 200, "session stream with " + token, stream);
        requireAll(stream.body().lines().map(JSON::readTree).toList(), token, stream);
    }

    private void requireAll(List<JsonNode> rows, Token token, Answer answer) {
        require(rows.size() == pks.size(), "all rows with " + token, answer);
        for (int i = 0; i < rows.size(); i++) {
            String pk = pks.get(i);
            JsonNode row = rows.get(i);
            boolean right =
                    row.path("pk").asString("").equals(pk)
                            && shows(pk, row.path("data").toString(), token);
            require(right, pk + " among all rows with " + token, answer);
        }
    }

    /** Whether a value is one that the row had when the token was given, or later. */
    private boolean shows(String pk, String value, Token token) {
        int newestThen = 0;
        for (int each : writes.get(pk)) {
            newestThen = each <= token.write() ? each : newestThen;
        }
        int oldest = newestThen;
        return writes.get(pk).stream().anyMatch(each -> each >= oldest && value.equals("" + each));
    }

    private void require(boolean right, String what, Answer answer) {
        if (!right) {
            throw new AssertionError(what + ", writes " + writes + ": " + answer);
        }
    }
}
