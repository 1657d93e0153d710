package io.ebla.tabletserver.ops;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.tabletserver.tablet.TabletFigures;
import io.ebla.tabletserver.tablet.TabletHost;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/** {@code /actuator/tablets}: every replica that this node has open, and where it stands. */
@Endpoint(id = "tablets")
final class TabletsEndpoint {

    private static final Base64.Encoder BASE64 = Base64.getEncoder();

    private final TabletHost host;

    TabletsEndpoint(TabletHost host) {
        this.host = host;
    }

    @ReadOperation
    public Map<String, Object> tablets() {
        Map<TabletId, KeyRange> ranges = new HashMap<>();
        host.directory().map().tablets().forEach(it -> ranges.put(it.id(), it.range()));
        List<Map<String, Object>> tablets =
                host.figures().stream()
                        .map(it -> describe(it, ranges.getOrDefault(it.tablet(), KeyRange.ALL)))
                        .toList();
        return Map.of("node", host.self().value(), "tablets", tablets);
    }

    private static Map<String, Object> describe(TabletFigures tablet, KeyRange range) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("id", tablet.tablet().text());
        described.put("table", tablet.table().value());
        bound(described, "from", range.from());
        bound(described, "to", range.to());
        described.put("state", tablet.state());
        described.put("epoch", tablet.epoch());
        described.put("appendedIndex", tablet.appendedIndex());
        described.put("committedIndex", tablet.committedIndex());
        described.put("appliedIndex", tablet.appliedIndex());
        described.put("rows", tablet.rows());
        described.put("bytes", tablet.bytes());
        described.put("mailboxOperations", tablet.mailboxOperations());
        described.put("mailboxBytes", tablet.mailboxBytes());
        described.put("overlayRows", tablet.overlayRows());
        described.put("readWaits", tablet.readWaits());
        described.put("expiryBacklog", tablet.expiredRows());
        return described;
    }

    private static void bound(Map<String, Object> described, String name, Bytes bound) {
        if (!bound.isEmpty()) {
            byte[] pk = KeyRange.pkOfBound(bound).toArray();
            try {
                described.put(
                        name,
                        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(pk)).toString());
            } catch (CharacterCodingException binary) {
                described.put(name + "Base64", BASE64.encodeToString(pk));
            }
        }
    }
}
