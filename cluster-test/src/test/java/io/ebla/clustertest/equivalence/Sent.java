package io.ebla.clustertest.equivalence;

import io.ebla.clustertest.process.Answer;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * One request to one table and what was answered in the end, however often it had to be sent.
 *
 * @param fromMillis when it was first sent, by the wall clock that the servers have too
 * @param toMillis when the answer was here
 */
record Sent(Answer answer, long fromMillis, long toMillis) {

    private static final JsonMapper JSON = new JsonMapper();

    /** What differs between tables by nature: versions and times, who holds copies, where a page ended. */
    private static final Set<String> BY_NATURE =
            Set.of("version", "createdAt", "updatedAt", "expiresAt", "replicas", "copies", "next");

    int status() {
        return answer.status();
    }

    boolean ok() {
        return answer.ok();
    }

    JsonNode json() {
        return JSON.readTree(answer.body());
    }

    /** What is to be alike: problems name their table, so that of them it is the code. */
    Object comparable() {
        String type = answer.header("Content-Type");
        if (type.startsWith("application/problem")) {
            return json().path("code").asString("");
        }
        return type.startsWith("application/json") ? comparable(json()) : answer.body();
    }

    static JsonNode comparable(JsonNode tree) {
        if (tree instanceof ObjectNode object) {
            BY_NATURE.forEach(object::remove);
        }
        tree.forEach(Sent::comparable);
        return tree;
    }

    @Override
    public String toString() {
        return answer.status() + " " + answer.headers().map() + " " + answer.body();
    }
}
