package io.ebla.clustertest.rebuild;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterNode;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The operations of a cluster as it lists them. */
public record Operations(List<JsonNode> listed) {

    private static final JsonMapper JSON = new JsonMapper();

    public static Operations of(ClusterNode node) {
        Answer answer = new Api(node.uri()).get("/v1/cluster");
        assertThat(answer.status()).as("%s", answer).isEqualTo(200);
        List<JsonNode> listed = new ArrayList<>();
        JSON.readTree(answer.body()).get("operations").forEach(listed::add);
        return new Operations(listed);
    }

    public boolean has(String kind) {
        return listed.stream().anyMatch(each -> each.get("kind").asString().equals(kind));
    }

    public boolean done(String kind) {
        return listed.stream()
                .filter(each -> each.get("kind").asString().equals(kind))
                .anyMatch(each -> each.get("state").asString().equals("done"));
    }

    /** Of the last running one of that kind, -1 when there is none, or it is not known. */
    double progressOf(String kind) {
        return listed.stream()
                .filter(each -> each.get("kind").asString().equals(kind))
                .filter(each -> each.get("state").asString().equals("running"))
                .mapToDouble(each -> each.path("progress").asDouble(-1))
                .reduce(-1, (before, last) -> last);
    }

    /** Of the last one of that kind. */
    public String detailOf(String kind) {
        return listed.stream()
                .filter(each -> each.get("kind").asString().equals(kind))
                .map(each -> each.path("detail").asString(""))
                .reduce("", (before, last) -> last);
    }
}
