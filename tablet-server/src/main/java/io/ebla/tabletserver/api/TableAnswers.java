package io.ebla.tabletserver.api;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.key.KeyRange;
import io.ebla.core.time.Durations;
import io.ebla.tabletserver.routing.ReplicaStatus;
import io.ebla.tabletserver.routing.TabletStatuses;
import java.util.List;

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

    /** In key order; a replica of which its node says nothing is told as the map has it. */
    static JsonText tablets(List<TabletDescriptor> tablets, TabletStatuses.Gathered statuses) {
        JsonText json = new JsonText(512).beginObject().name("tablets").beginArray();
        for (TabletDescriptor tablet : tablets) {
            tablet(json, tablet, statuses);
        }
        json.endArray();
        if (!statuses.unanswered().isEmpty()) {
            json.name("unanswered").beginArray();
            statuses.unanswered().stream().sorted().forEach(node -> json.value(node.value()));
            json.endArray();
        }
        return json.endObject();
    }

    private static void tablet(
            JsonText json, TabletDescriptor tablet, TabletStatuses.Gathered statuses) {
        json.beginObject().field("id", tablet.id().text());
        KeyRange range = tablet.range();
        if (!range.from().isEmpty()) {
            json.keyField("from", KeyRange.pkOfBound(range.from()));
        }
        if (!range.to().isEmpty()) {
            json.keyField("to", KeyRange.pkOfBound(range.to()));
        }
        ReplicaStatus master = master(tablet, statuses);
        json.field("state", state(tablet, master)).field("epoch", tablet.epoch());
        if (tablet.master() != null) {
            json.field("master", tablet.master().node().value());
        }
        json.name("replicas").beginArray();
        ReplicaStatus fullest = master;
        for (ReplicaDescriptor replica : tablet.replicas()) {
            ReplicaStatus status = statuses.of(tablet, replica);
            replica(json, tablet, replica, status, master);
            boolean fuller =
                    status != null
                            && (fullest == null || status.appliedIndex() > fullest.appliedIndex());
            fullest = master == null && fuller ? status : fullest;
        }
        json.endArray();
        if (fullest != null) {
            json.field("rows", fullest.rows()).field("bytes", fullest.bytes());
        }
        json.endObject();
    }

    /** What the master says of its replica, or null. */
    private static ReplicaStatus master(TabletDescriptor tablet, TabletStatuses.Gathered statuses) {
        return tablet.master() == null
                ? null
                : tablet.replicaToHold(tablet.master().node())
                        .map(replica -> statuses.of(tablet, replica))
                        .orElse(null);
    }

    private static String state(TabletDescriptor tablet, ReplicaStatus master) {
        if (tablet.master() == null) {
            return "no_master";
        }
        if (master == null) {
            return "unknown";
        }
        return master.serving() ? "serving" : "recovering";
    }

    /** @param master what the master says, who alone knows how far others are behind; or null */
    private static void replica(
            JsonText json,
            TabletDescriptor tablet,
            ReplicaDescriptor replica,
            ReplicaStatus status,
            ReplicaStatus master) {
        NodeId node = replica.node();
        boolean leads =
                tablet.master() != null && tablet.master().node().equals(node) && !replica.lost();
        json.beginObject().field("node", node.value());
        json.field("role", leads ? "master" : replica.learner() ? "learner" : "slave");
        if (status != null) {
            json.field("appliedIndex", status.appliedIndex());
            json.field("committedIndex", status.committedIndex());
        }
        Long lagMillis = leads ? Long.valueOf(0) : lag(master, replica);
        if (master != null && lagMillis != null) {
            json.field("lagMillis", lagMillis);
        }
        json.endObject();
    }

    private static Long lag(ReplicaStatus master, ReplicaDescriptor follower) {
        return master == null || follower.lost() ? null : master.lagMillis().get(follower.node());
    }
}
