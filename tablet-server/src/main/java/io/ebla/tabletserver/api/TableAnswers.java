package io.ebla.tabletserver.api;

import io.ebla.core.cluster.MetaApi.TabletStatus;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.KeyRange;
import io.ebla.core.time.Durations;
import java.util.List;
import java.util.Map;

/** How tables and their tablets are described. */
final class TableAnswers {

    private TableAnswers() {}

    static JsonText table(JsonText json, TableDescriptor table, int tablets) {
        json.beginObject();
        json.field("name", table.name().value()).field("replicas", table.replicas());
        json.field("store", table.store() == StoreKind.MEMORY ? "memory" : "disk");
        if (table.ttlMillis() != 0) {
            json.field("ttl", Durations.format(table.ttlMillis()));
        }
        json.field("tablets", tablets).timeField("createdAt", table.createdAt());
        return json.endObject();
    }

    /**
     * @param self this node, whose replicas are the ones that {@code statuses} tell of
     */
    static JsonText tablets(
            List<TabletDescriptor> tablets, NodeId self, Map<TabletId, TabletStatus> statuses) {
        JsonText json = new JsonText(512).beginObject().name("tablets").beginArray();
        for (TabletDescriptor tablet : tablets) {
            tablet(json, tablet, self, statuses.get(tablet.id()));
        }
        return json.endArray().endObject();
    }

    private static void tablet(
            JsonText json, TabletDescriptor tablet, NodeId self, TabletStatus status) {
        json.beginObject().field("id", tablet.id().text());
        KeyRange range = tablet.range();
        if (!range.from().isEmpty()) {
            json.keyField("from", KeyRange.pkOfBound(range.from()));
        }
        if (!range.to().isEmpty()) {
            json.keyField("to", KeyRange.pkOfBound(range.to()));
        }
        json.field("state", state(tablet, self, status)).field("epoch", tablet.epoch());
        if (tablet.master() != null) {
            json.field("master", tablet.master().node().value());
        }
        json.name("replicas").beginArray();
        for (ReplicaDescriptor replica : tablet.replicas()) {
            replica(json, tablet, replica, replica.node().equals(self) ? status : null);
        }
        json.endArray();
        if (status != null) {
            json.field("rows", status.rows()).field("bytes", status.bytes());
        }
        json.endObject();
    }

    private static String state(TabletDescriptor tablet, NodeId self, TabletStatus status) {
        if (tablet.master() == null) {
            return "no_master";
        }
        boolean here = tablet.master().node().equals(self);
        return here && (status == null || !status.serving()) ? "recovering" : "serving";
    }

    private static void replica(
            JsonText json,
            TabletDescriptor tablet,
            ReplicaDescriptor replica,
            TabletStatus status) {
        boolean master = tablet.master() != null && tablet.master().node().equals(replica.node());
        json.beginObject().field("node", replica.node().value());
        json.field("role", master ? "master" : "slave");
        if (status != null) {
            json.field("appliedIndex", status.appliedIndex());
            json.field("committedIndex", status.committedIndex());
            if (master) {
                json.field("lagMillis", 0);
            }
        }
        json.endObject();
    }
}
