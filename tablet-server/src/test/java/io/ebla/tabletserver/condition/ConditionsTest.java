package io.ebla.tabletserver.condition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import io.ebla.core.row.RowVersion;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConditionsTest {

    private static final String STOCK =
            """
            {"stock": 3, "price": 1.5, "state": "open", "tags": ["red", "new"], "none": null,
             "nested": {"a": {"b": [1, 2.0, {"c": "\\u00e9\\n\\"x\\""}]}}, "big": 12345678901234567890,
             "whole": 2.0, "exp": 1e3, "yes": true, "at": "2024-02-29T10:00:00Z", "empty": {}, "": 7,
             "text": "gr\u00fc\u00dfe \uD83D\uDE00", "items": [{"n": 1, "ok": true}, {"n": 2}]}
            """;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "data.stock > 0 && data.state in [\"open\",\"held\"]",
                "pk != null && pk == 'k' && sk == \"s\"",
                "sk != nil",
                "version == '1.2.0'",
                "_created_at == 1000 && _updated_at == 2000",
                "_updated_at - _created_at == 1000",
                "_updated_at > _created_at + 0.5",
                "data.stock == 3",
                "data.stock == 3.0",
                "data.stock != 3.5",
                "3.0 == data.stock",
                "data.stock < 3.5",
                "data.stock >= 2.9 && data.stock <= 3.0",
                "data.price + 1 == 2.5",
                "1 + data.price == 2.5",
                "data.stock + data.price == 4.5",
                "data.stock * data.price == 4.5",
                "data.stock - data.price == 1.5",
                "data.stock / data.price == 2.0",
                "data.stock / 2 == 1",
                "data.stock % 2 == 1",
                "-data.stock == -3",
                "-data.price < 0",
                "1 + 1.5 == 2.5",
                "1 == 1.0",
                "2 > 1.5",
                "1.5 < 2",
                "1u == 1",
                "1u + 1 == 2",
                "1 in [1.0, 2.0]",
                "data.whole == 2",
                "data.whole in [1, 2, 3]",
                "data.exp == 1000",
                "data.big == 12345678901234567890u",
                "data.big > 9223372036854775807",
                "data.big + 1 > data.big",
                "data.big + 1 - data.big == 1",
                "data.big != 12345678901234567891u",
                "data.big > 1.0 && data.big < 1e30",
                "9223372036854775807 + 1 == 9223372036854775808u",
                "9007199254740993 != 9007199254740992.0",
                "9007199254740993 > 9007199254740992.0",
                "data.none == null",
                "data.none == nil",
                "has(data.none) && !has(data.absent)",
                "has(data.nested.a.b) && !has(data.nested.a.x)",
                "data.nested.a.b[0] == 1 && data.nested.a.b[1] == 2",
                "data.nested.a.b[2].c == \"\u00e9\\n\\\"x\\\"\"",
                "data['nested']['a'].b[2]['c'].endsWith('x\"')",
                "data.nested == {'a': {'b': [1.0, 2, {'c': '\u00e9\\n\"x\"'}]}}",
                "data.tags == ['red', 'new']",
                "data.tags[1] == 'new'",
                "data.tags[1.0] == 'new'",
                "'red' in data.tags && !('blue' in data.tags)",
                "'stock' in data && !('nope' in data)",
                "size(data.tags) == 2 && data.tags.size() == 2",
                "size(data.empty) == 0 && data.empty == {}",
                "size(data.text) == 7",
                "data.text.contains('\uD83D\uDE00')",
                "data.tags.exists(t, t.startsWith('r'))",
                "data.tags.all(t, size(t) == 3)",
                "data.tags.exists_one(t, t == 'new')",
                "data.tags.map(t, t + '!') == ['red!', 'new!']",
                "data.tags.filter(t, t != 'red') == ['new']",
                "data.tags.map(t, t == 'red', size(t)) == [3]",
                "data.items.exists(i, i.ok)",
                "data.items.filter(i, i.n > 1).size() == 1",
                "data.exists(name, name == 'stock')",
                "data.nested.a.b.filter(x, type(x) == int).size() == 1",
                "[[1,2],[3]].map(l, l.map(x, x * 2)) == [[2,4],[6]]",
                "data.state.matches('^op.n$')",
                "'hello'.matches('l+')",
                "matches('abc', 'b')",
                "data.yes",
                "data.yes ? data.stock == 3 : false",
                "data.absent == 1 || data.stock == 3",
                "data.stock == 3 || data.absent == 1",
                "!(data.absent == 1 && data.stock == 4)",
                "type(data) == map && type(data.tags) == list && type(data.price) == double",
                "type(data.none) == null_type && type(data.stock) == int && type('') == string",
                "timestamp(data.at) < timestamp('2024-03-01T00:00:00+01:00')",
                "timestamp(data.at).getFullYear() == 2024 && timestamp(data.at).getMonth() == 1",
                "timestamp(data.at).getHours('Europe/Berlin') == 11",
                "timestamp(data.at) + duration('1h30m') == timestamp('2024-02-29T11:30:00Z')",
                "timestamp(data.at) - timestamp('2024-02-29T09:00:00Z') == duration('3600s')",
                "duration('1.5s').getMilliseconds() == 500",
                "int('12') == 12 && int(2.9) == 2 && double('1.5') == 1.5 && string(12) == '12'",
                "bool('true') && string(true) == 'true'",
                "bytes('a') == b'a' && string(b'a') == 'a' && size(b'abc') == 3",
                "b'a' < b'b' && b'a' + b'b' == b'ab'",
                "'a' + 'b' == 'ab' && 'a' < 'b'",
                "'\\uffff' < '\uD83D\uDE00'",
                "[1] + [2] == [1, 2]",
                "{1: 'a'}[dyn(1.0)] == 'a' && 1 in {1: 'a'}",
                "data[''] == 7",
                "1 != 'a' && null != 0",
                "false ? data.absent : true",
                "true // a comment",
            })
    void holds(String expression) {
        assertThat(judge(expression, json(STOCK))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pk == null",
                "data.stock > 3",
                "data.stock",
                "data.state",
                "data.none",
                "data",
                "data.absent",
                "data.absent == null",
                "!data.absent",
                "!(data.absent == 1)",
                "data.absent.deeper == 1",
                "data.stock.deeper == 1",
                "has(data.absent.deeper)",
                "data.none.x == 1",
                "data.tags[2] == 'x'",
                "data.tags[-1] == 'x'",
                "data.tags[0.5] == 'x'",
                "data.tags['red'] == 'x'",
                "data.state > 1",
                "data.state + 1 == 2",
                "data.tags < data.tags",
                "1 / 0 == 1",
                "1 % 0 == 1",
                "data.stock / 0 == 1",
                "data.price % 2 == 1",
                "!data.stock",
                "data.stock && true",
                "data.stock ? true : true",
                "0.0 / 0.0 == 0.0 / 0.0",
                "0.0 / 0.0 < 1.0 || 0.0 / 0.0 > 1.0",
                "1 in data.stock",
                "data.state.matches(data.text + '(')",
                "data.stock.startsWith('x')",
                "int(data.state) == 1",
                "int(1e300) == 1",
                "timestamp(data.state) == timestamp(0)",
                "duration(data.state) == duration('1s')",
                "data.tags.all(t, t.n == 1)",
                "{'a': 1, 'a': 2} == {'a': 2}",
                "data.stock.exists(x, true)",
            })
    void isFalseWhenItDoesNotHoldOrCannotBeEvaluated(String expression) {
        assertThat(judge(expression, json(STOCK))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pk == null",
                "pk == nil && sk == nil && data == nil && version == nil",
                "_created_at == null && _updated_at == null",
                "version == null || version == '1.2.0'",
                "data == null || data.stock > 0",
                "!(pk != null)",
            })
    void seesOnlyNullsWhereThereIsNoRow(String expression) {
        assertThat(Conditions.compile(expression).holds(RowKey.of("k"), Optional.empty())).isTrue();
    }

    @Test
    void errorsOnAnAbsentRowAreFalse() {
        assertThat(judgeAbsent("data.stock > 0")).isFalse();
        assertThat(judgeAbsent("!has(data.stock)")).isFalse();
        assertThat(judgeAbsent("pk.startsWith('k')")).isFalse();
        assertThat(judgeAbsent("_created_at < 5")).isFalse();
    }

    @Test
    void dataIsNullForValuesThatAreNotJson() {
        Row text = row(RowKey.of("k"), Bytes.utf8("{\"stock\":1}"), "text/plain");
        assertThat(judge("data == null && pk == 'k'", text)).isTrue();
        Row problem =
                row(RowKey.of("k"), Bytes.utf8("{\"stock\":1}"), "Application/Problem+JSON ; x=y");
        assertThat(judge("data.stock == 1", problem)).isTrue();
        Row typed =
                row(RowKey.of("k"), Bytes.utf8("{\"stock\":1}"), "application/json;charset=utf-8");
        assertThat(judge("data.stock == 1", typed)).isTrue();
    }

    @Test
    void jsonScalarsAreValues() {
        assertThat(judge("data == null", json("null"))).isTrue();
        assertThat(judge("data == 5", json(" 5 "))).isTrue();
        assertThat(judge("data", json("true"))).isTrue();
        assertThat(judge("data == 'x'", json("\"x\""))).isTrue();
        assertThat(judge("data[1] == 2", json("[1,2]"))).isTrue();
        assertThat(judge("size(data) == 0", json("[ ]"))).isTrue();
        assertThat(judge("data.a == 2", json("{\"a\":1,\"a\":2}"))).isTrue();
        assertThat(judge("data.a == -0.5e-3", json("{\"a\":-0.5E-3}"))).isTrue();
    }

    @Test
    void malformedJsonIsFalseAndNeverAnError() {
        for (String text :
                new String[] {
                    "",
                    "{",
                    "{\"a\"",
                    "{\"a\":",
                    "{\"a\":1",
                    "[1",
                    "\"",
                    "\"\\",
                    "tru",
                    "1x",
                    "}",
                    "{a:1}",
                    "{\"a\":}",
                    "\"\\u12\""
                }) {
            assertThat(judge("data.a == 1 || data[0] == 2 || data == 3", json(text))).isFalse();
        }
    }

    @Test
    void keysThatAreNotUtf8AreBytes() {
        RowKey key = RowKey.of(Bytes.wrap(new byte[] {(byte) 0xFF, 0}), Bytes.utf8("s"));
        Row row = row(key, Bytes.utf8("1"), "application/json");
        assertThat(judge("pk == b'\\xff\\x00' && sk == 's'", row)).isTrue();
        assertThat(judge("type(pk) == bytes", row)).isTrue();
    }

    @Test
    void anAbsentSortKeyIsNull() {
        assertThat(judge("sk == null", row(RowKey.of("k"), Bytes.EMPTY, "text/plain"))).isTrue();
    }

    @Test
    void saysWhetherItReadsTheValue() {
        assertThat(Conditions.compile("pk == 'a' && version != nil").readsData()).isFalse();
        assertThat(Conditions.compile("pk == 'a' && has(data.x)").readsData()).isTrue();
        assertThat(Conditions.compile("[1].exists(data, data == 1)").readsData()).isFalse();
        Row withoutValue =
                new Row(
                        RowKey.of("k"),
                        null,
                        5,
                        "application/json",
                        new RowVersion(1, 2, 0),
                        1,
                        2,
                        0);
        assertThat(judge("pk == 'k'", withoutValue)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "1",
                "1 + 1",
                "pk",
                "version",
                "data.a + 1",
                "data.a > 1 ? pk : sk",
                "'a'",
                "null",
                "nil",
                "[true]",
                "{}",
                "size(data)",
                "1.5 + 1",
                "pk ==",
                "pk = 'a'",
                "(pk == 'a'",
                "pk == 'a",
                "foo == 1",
                "unknown(1)",
                "pk == 'a' &&",
                "true && 1",
                "!1",
                "1 && true",
                "'a' + 1 == 2",
                "1 < 'a'",
                "true ? 1 : 2",
                "[1,2].map(x, x)",
                "pk.matches('(')",
                "pk.matches('((a{100}){100}){100}')",
                "google.protobuf.Int32Value{value: 1} == 1",
                "timestamp('2024-01-01T00:00:00Z')",
                "data.all(x)",
                "\u0000",
                "pk == 'a'; true",
                "data.?x == 1",
                "__result__ == 1",
                "@result == 1",
                "if",
                "as.b == 1",
            })
    void refusesWhatCanNeverBeBooleanAtOnce(String expression) {
        assertThatThrownBy(() -> Conditions.compile(expression))
                .isInstanceOfSatisfying(
                        EblaException.class,
                        refused -> {
                            assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
                            assertThat(refused.getMessage()).contains("at character ");
                        });
    }

    @Test
    void saysWhereAnExpressionIsWrong() {
        assertThatThrownBy(() -> Conditions.compile("pk == 'a' && foo == 1"))
                .hasMessageContaining("at character 14:")
                .hasMessageContaining("foo");
        assertThatThrownBy(() -> Conditions.compile("pk == 'a' && pk.matches('[')"))
                .hasMessageContaining("at character 25:");
    }

    @Test
    void theSameExpressionIsCompiledOnce() {
        assertThat(Conditions.compile("pk == 'once'")).isSameAs(Conditions.compile("pk == 'once'"));
    }

    static boolean judge(String expression, Row row) {
        return Conditions.compile(expression).holds(row.key(), Optional.of(row));
    }

    private static boolean judgeAbsent(String expression) {
        return Conditions.compile(expression).holds(RowKey.of("k"), Optional.empty());
    }

    static Row json(String value) {
        return row(RowKey.of("k", "s"), Bytes.utf8(value), "application/json");
    }

    private static Row row(RowKey key, Bytes value, String contentType) {
        return new Row(
                key, value, value.length(), contentType, new RowVersion(1, 2, 0), 1000, 2000, 0);
    }
}
