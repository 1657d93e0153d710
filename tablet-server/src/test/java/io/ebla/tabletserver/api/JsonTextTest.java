package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class JsonTextTest {

    private static final JsonMapper JSON = new JsonMapper();

    @Test
    void writesWhatAParserReadsBack() {
        StringBuilder every = new StringBuilder("é€😀");
        for (char c = 0; c < 0x100; c++) {
            every.append(c);
        }
        JsonText json = new JsonText(0).beginObject().field("text", every.toString());
        json.field("number", Long.MIN_VALUE).field("yes", true).name("list").beginArray();
        json.value("a").value(1).valueNull().beginObject().endObject().beginArray().endArray();
        json.endArray().timeField("at", 0).keyField("k", Bytes.wrap(new byte[] {(byte) 0xFF}));
        json.name("raw").json(Bytes.utf8("[1]")).endObject();
        JsonNode node = JSON.readTree(json.toString());
        assertThat(node.get("text").stringValue()).isEqualTo(every.toString());
        assertThat(node.get("number").longValue()).isEqualTo(Long.MIN_VALUE);
        assertThat(node.get("list").toString()).isEqualTo("[\"a\",1,null,{},[]]");
        assertThat(node.get("at").stringValue()).isEqualTo("1970-01-01T00:00:00.000Z");
        assertThat(node.get("kBase64").stringValue()).isEqualTo("/w==");
        assertThat(node.get("raw").size()).isEqualTo(1);
    }

    @Test
    void aValueMayEndInWhatLooksLikeAnOpening() {
        JsonText json = new JsonText(0).beginArray().json(Bytes.utf8("\"[\"")).value("{:");
        json.value(1).endArray();
        assertThat(json.toString()).isEqualTo("[\"[\",\"{:\",1]");
    }

    @Test
    void aValueMayEndInALineBreak() {
        JsonText json = new JsonText(0).beginArray().json(Bytes.utf8("{\"a\":1}\n"));
        json.json(Bytes.utf8("1\n")).value(2).endArray();
        assertThat(JSON.readTree(json.toString()).toString()).isEqualTo("[{\"a\":1},1,2]");
        JsonText lines = new JsonText(0).value(1).lineBreak().value(2).lineBreak();
        assertThat(lines.toString()).isEqualTo("1\n2\n");
    }

    @Test
    void aProblemHasWhatTheContractSays() {
        EblaException failure =
                new EblaException(ErrorCode.OVERLOADED, "full").withRetryAfterMillis(1500);
        Answer answer = Problems.answer(failure, "/v1/x", true);
        assertThat(answer.headers().getFirst("Retry-After")).isEqualTo("2");
        assertThat(answer.headers().getFirst("Ebla-Outcome")).isEqualTo("not_applied");
        JsonNode problem = JSON.readTree(Problems.json(failure, "/v1/x").toString());
        assertThat(problem.propertyNames())
                .containsExactlyInAnyOrder(
                        "type",
                        "title",
                        "status",
                        "detail",
                        "instance",
                        "code",
                        "retryable",
                        "retryAfterMillis");
        assertThat(problem.get("retryAfterMillis").longValue()).isEqualTo(1500);
        assertThat(problem.get("retryable").booleanValue()).isTrue();
    }
}
