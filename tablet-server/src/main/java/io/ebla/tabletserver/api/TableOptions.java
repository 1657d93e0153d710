package io.ebla.tabletserver.api;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/** The JSON in which tables are asked for and changed, read strictly. */
final class TableOptions {

    static final int REPLICAS_MAX = 99;

    private static final Set<String> OF_CREATE = Set.of("replicas", "store", "ttl", "splitAt");
    private static final Set<String> OF_CHANGE = Set.of("replicas", "ttl");
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private final JsonNode options;

    private TableOptions(JsonNode options) {
        this.options = options;
    }

    static MetaApi.CreateTable toCreate(TableName name, Bytes body, Keys keys) {
        TableOptions given = parse(body, OF_CREATE);
        return new MetaApi.CreateTable(
                name, given.replicas(), given.store(), given.ttlMillis(), given.splitAt(keys));
    }

    static MetaApi.ChangeTable toChange(Bytes body) {
        TableOptions given = parse(body, OF_CHANGE);
        return new MetaApi.ChangeTable(
                given.options.has("ttl") ? given.ttlMillis() : null,
                given.options.has("replicas") ? given.replicas() : null);
    }

    private static TableOptions parse(Bytes body, Set<String> known) {
        JsonNode options =
                body.isEmpty() ? JsonNodeFactory.instance.objectNode() : readObject(body);
        for (String name : options.propertyNames()) {
            if (!known.contains(name)) {
                throw new EblaException(
                        ErrorCode.UNKNOWN_OPTION, "unknown table option '" + name + "'");
            }
        }
        return new TableOptions(options);
    }

    private static JsonNode readObject(Bytes body) {
        if (JsonSyntax.firstError(body) >= 0) {
            throw Problems.invalid("the body is no JSON in UTF-8");
        }
        try {
            JsonNode node = JSON.readTree(body.array(), body.offset(), body.length());
            if (node.isObject()) {
                return node;
            }
        } catch (JacksonException malformed) {
            throw Problems.invalid("the body cannot be read: " + malformed.getOriginalMessage());
        }
        throw Problems.invalid("the body must be a JSON object");
    }

    private int replicas() {
        JsonNode node = options.get("replicas");
        if (node == null) {
            return 0;
        }
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 1) {
            throw Problems.invalid("replicas is " + node + ", not a number from 1");
        }
        if (node.intValue() > REPLICAS_MAX) {
            throw new EblaException(
                    ErrorCode.NOT_ENOUGH_NODES, node + " replicas are more than any cluster has");
        }
        return node.intValue();
    }

    private StoreKind store() {
        JsonNode node = options.get("store");
        if (node == null) {
            return StoreKind.DISK;
        }
        if (node.isString()) {
            switch (node.stringValue()) {
                case "disk":
                    return StoreKind.DISK;
                case "memory":
                    return StoreKind.MEMORY;
                default:
                    break;
            }
        }
        throw Problems.invalid("store is " + node + ", neither \"disk\" nor \"memory\"");
    }

    private long ttlMillis() {
        JsonNode node = options.get("ttl");
        if (node == null) {
            return 0;
        }
        if (!node.isString()) {
            throw Problems.invalid("ttl is " + node + "; write a lifetime such as \"24h\"");
        }
        return WriteOptions.ttlMillis(node.stringValue());
    }

    /** The pks to split at, in hex. */
    private List<String> splitAt(Keys keys) {
        JsonNode node = options.get("splitAt");
        if (node == null) {
            return List.of();
        }
        if (!node.isArray()) {
            throw Problems.invalid("splitAt must be a list of strings");
        }
        if (node.size() >= TableDescriptor.TABLETS_MAX) {
            throw Problems.invalid(
                    "splitAt makes more than " + TableDescriptor.TABLETS_MAX + " tablets");
        }
        List<String> pks = new ArrayList<>(node.size());
        Bytes before = Bytes.EMPTY;
        for (JsonNode each : node) {
            if (!each.isString()) {
                throw Problems.invalid("splitAt must be a list of strings, not " + each);
            }
            Bytes pk = keys.checkedPart(Keys.ofText(each.stringValue()));
            if (before.compareTo(pk) >= 0) {
                throw Problems.invalid("splitAt must be distinct and ascending");
            }
            pks.add(pk.toString());
            before = pk;
        }
        return pks;
    }
}
