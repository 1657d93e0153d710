package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.tabletserver.condition.Conditions;
import io.ebla.tabletserver.tablet.RowCondition;
import io.ebla.tabletserver.tablet.RowOperation;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchTest {

    private static final TableDescriptor TABLE =
            new TableDescriptor(new TableName("t"), 1, StoreKind.DISK, 7000, List.of(), 1);

    @Test
    void readsPutsDeletesAndChecks() {
        List<RowOperation> operations =
                batch(
                        """
                        {"ops":[
                          {"put":{"pk":"a","sk":"\\u00e9\\n","data": {"x": 1.50} ,"ttl":"never"}, "if":"pk == null"},
                          {"if":"sk != null","put":{"pk":"a","skBase64":"/w==","base64":"aGk="}},
                          {"put":{"pk":"a","sk":"n","data":null,"contentType":"application/x+json"}},
                          {"delete":{"pk":"a"}},
                          {"check":{"pkBase64":"YQ==","sk":"z"},"if":"pk == null"}]}
                        """);
        RowOperation.Put first = (RowOperation.Put) operations.get(0);
        assertThat(first.key()).isEqualTo(RowKey.of("a", "\u00e9\n"));
        assertThat(first.value()).isEqualTo(Bytes.utf8("{\"x\": 1.50}"));
        assertThat(first.contentType()).isEqualTo("application/json");
        assertThat(first.ttlMillis()).isZero();
        assertThat(first.condition().holds(first.key(), Optional.empty())).isTrue();
        RowOperation.Put second = (RowOperation.Put) operations.get(1);
        assertThat(second.key())
                .isEqualTo(RowKey.of(Bytes.utf8("a"), Bytes.wrap(new byte[] {(byte) 0xFF})));
        assertThat(second.value()).isEqualTo(Bytes.utf8("hi"));
        assertThat(second.contentType()).isEqualTo("application/octet-stream");
        assertThat(second.ttlMillis()).isEqualTo(7000);
        assertThat(second.condition().holds(second.key(), Optional.empty())).isFalse();
        RowOperation.Put third = (RowOperation.Put) operations.get(2);
        assertThat(third.value()).isEqualTo(Bytes.utf8("null"));
        assertThat(operations.get(3))
                .isEqualTo(new RowOperation.Delete(RowKey.of("a"), RowCondition.ALWAYS));
        assertThat(operations.get(4)).isInstanceOf(RowOperation.Check.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"ops\":[]}",
                "{\"ops\":{}}",
                "{\"ops\":[{}]}",
                "{\"ops\":[{\"put\":{\"pk\":\"a\"}}]}",
                "{\"ops\":[{\"put\":{\"pk\":\"a\",\"data\":1,\"base64\":\"\"}}]}",
                "{\"ops\":[{\"put\":{\"pk\":\"\",\"data\":1}}]}",
                "{\"ops\":[{\"put\":{\"pk\":1,\"data\":1}}]}",
                "{\"ops\":[{\"put\":{\"data\":1}}]}",
                "{\"ops\":[{\"put\":{\"pk\":\"a\",\"pk\":\"a\",\"data\":1}}]}",
                "{\"ops\":[{\"put\":{\"pk\":\"a\",\"pkBase64\":\"YQ==\",\"data\":1}}]}",
                "{\"ops\":[{\"put\":{\"pkBase64\":\"YQ\",\"data\":1}}]}",
                "{\"ops\":[{\"put\":{\"pkBase64\":\"YR==\",\"data\":1}}]}",
                "{\"ops\":[{\"put\":{\"pkBase64\":\"Y Q==\",\"data\":1}}]}",
                "{\"ops\":[{\"put\":{\"pk\":\"a\",\"data\":01}}]}",
                "{\"ops\":[{\"put\":{\"pk\":\"a\",\"data\":1,\"contentType\":\"text/plain\"}}]}",
                "{\"ops\":[{\"put\":{\"pk\":\"a\",\"base64\":\"eA==\",\"contentType\":\"application/json\"}}]}",
                "{\"ops\":[{\"put\":{\"pk\":\"a\",\"data\":1,\"ttl\":\"0s\"}}]}",
                "{\"ops\":[{\"put\":{\"pk\":\"a\",\"data\":1},\"delete\":{\"pk\":\"b\"}}]}",
                "{\"ops\":[{\"put\":{\"pk\":\"a\",\"data\":1},\"if\":\"1\"}]}",
                "{\"ops\":[{\"put\":{\"pk\":\"a\",\"data\":1},\"if\":true}]}",
                "{\"ops\":[{\"check\":{\"pk\":\"a\"}}]}",
                "{\"ops\":[{\"delete\":{\"pk\":\"a\"}},{\"check\":{\"pk\":\"a\"},\"if\":\"true\"}]}",
                "{\"ops\":[{\"delete\":{\"pk\":\"a\"}}]} x",
                "{\"ops\":[{\"delete\":{\"pk\":\"a\"}},]}",
                "{\"ops\":[{\"delete\":{\"pk\":\"a\"}}]",
                "{\"ops\":[{\"delete\":{\"pk\":\"\\ud800\"}}]}",
            })
    void refusesWhatIsNoBatch(String body) {
        refused(body, ErrorCode.INVALID_ARGUMENT);
    }

    @Test
    void refusesUnknownMembers() {
        refused("{\"ops\":[{\"delete\":{\"pk\":\"a\"}}],\"x\":1}", ErrorCode.UNKNOWN_OPTION);
        refused("{\"ops\":[{\"delete\":{\"pk\":\"a\"},\"x\":1}]}", ErrorCode.UNKNOWN_OPTION);
        refused("{\"ops\":[{\"delete\":{\"pk\":\"a\",\"data\":1}}]}", ErrorCode.UNKNOWN_OPTION);
        refused(
                "{\"ops\":[{\"put\":{\"pk\":\"a\",\"data\":1,\"version\":\"1\"}}]}",
                ErrorCode.UNKNOWN_OPTION);
    }

    @Test
    void refusesRowsOfSeveralPks() {
        refused(
                "{\"ops\":[{\"delete\":{\"pk\":\"a\"}},{\"delete\":{\"pk\":\"b\"}}]}",
                ErrorCode.BATCH_SPANS_ROWS);
    }

    @Test
    void refusesTooManyOperations() {
        StringBuilder body = new StringBuilder("{\"ops\":[");
        for (int i = 0; i < 1001; i++) {
            body.append(i == 0 ? "" : ",")
                    .append("{\"delete\":{\"pk\":\"a\",\"sk\":\"")
                    .append(i)
                    .append("\"}}");
        }
        refused(body.append("]}").toString(), ErrorCode.TOO_LARGE);
    }

    @Test
    void namesTheOperationThatIsWrong() {
        assertThatThrownBy(
                        () ->
                                batch(
                                        "{\"ops\":[{\"delete\":{\"pk\":\"a\"}},{\"put\":{\"pk\":\"a\",\"sk\":\"b\"}}]}"))
                .hasMessageContaining("operation 1");
    }

    private static void refused(String body, ErrorCode code) {
        assertThatThrownBy(() -> batch(body))
                .as(body)
                .isInstanceOfSatisfying(
                        EblaException.class, refused -> assertThat(refused.code()).isEqualTo(code));
    }

    private static List<RowOperation> batch(String body) {
        WriteOptions options =
                WriteOptions.parse(
                        Parameters.parse(null, WriteOptions.OF_ROW),
                        TestLimits.DEFAULT,
                        Conditions::compile);
        return new Batch(new Keys(TestLimits.DEFAULT), TestLimits.DEFAULT, TABLE, options)
                .operations(Bytes.utf8(body));
    }
}
