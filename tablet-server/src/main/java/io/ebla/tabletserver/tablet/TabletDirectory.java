package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * From a key to the tablet that serves it here: a sorted table, made anew when the map changes and swapped in
 * one step; a local replica that changes is put in its place. Any thread; never blocks.
 */
public final class TabletDirectory {

    private static final long RETRY_AFTER_MILLIS = 100;
    private static final ClusterMap UNKNOWN =
            new ClusterMap("", 0, 0, List.of(), List.of(), List.of(), List.of());

    /** One tablet of the map, and what this node has of it: a replica that may serve, or null. */
    private static final class Slot {

        private final Bytes from;
        private final KeyRange range;
        private final TabletDescriptor descriptor;
        private volatile LocalReplica local;

        Slot(TabletDescriptor descriptor, LocalReplica local) {
            this.range = descriptor.range();
            this.from = range.from();
            this.descriptor = descriptor;
            this.local = local;
        }
    }

    private record Table(TableDescriptor descriptor, Slot[] slots) {}

    private record Snapshot(
            ClusterMap map, Map<TableName, Table> tables, Map<TabletId, Slot> byId) {}

    private volatile Snapshot snapshot = new Snapshot(UNKNOWN, Map.of(), Map.of());

    /** The host alone calls this. */
    void publish(ClusterMap map, Function<TabletId, LocalReplica> local) {
        Map<TableName, List<Slot>> slots = new HashMap<>();
        Map<TabletId, Slot> byId = new HashMap<>();
        for (TabletDescriptor tablet : map.tablets()) {
            Slot slot = new Slot(tablet, local.apply(tablet.id()));
            slots.computeIfAbsent(tablet.table(), name -> new ArrayList<>()).add(slot);
            byId.put(tablet.id(), slot);
        }
        Map<TableName, Table> tables = new HashMap<>();
        for (TableDescriptor table : map.tables()) {
            List<Slot> ofTable = slots.getOrDefault(table.name(), List.of());
            Slot[] sorted = ofTable.toArray(Slot[]::new);
            java.util.Arrays.sort(sorted, Comparator.comparing(slot -> slot.from));
            tables.put(table.name(), new Table(table, sorted));
        }
        snapshot = new Snapshot(map, tables, byId);
    }

    /** A replica of the newest map is another now, or null. The host alone calls this. */
    void replace(TabletId tablet, LocalReplica local) {
        Slot slot = snapshot.byId().get(tablet);
        if (slot != null) {
            slot.local = local;
        }
    }

    public Optional<TableDescriptor> table(TableName name) {
        return Optional.ofNullable(snapshot.tables().get(name)).map(Table::descriptor);
    }

    /**
     * The local tablet that serves a key.
     *
     * @throws EblaException {@code table_not_found} (this map does not know it: ask meta before saying
     *     so), {@code no_master} with a time to retry after, {@code corrupted}
     */
    public Tablet locate(TableName table, RowKey key) {
        Slot[] slots = known(table).slots();
        int low = 0;
        int high = slots.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (slots[middle].from.compareTo(key.encoded()) <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        if (high < 0 || !slots[high].range.contains(key)) {
            throw noMaster("nobody is known to serve row " + key + " of table " + table);
        }
        return serving(slots[high]);
    }

    /**
     * Tablets of a table that overlap a range, in key order.
     *
     * @throws EblaException {@code table_not_found}
     */
    public List<TabletDescriptor> overlapping(TableName table, KeyRange range) {
        List<TabletDescriptor> found = new ArrayList<>();
        for (Slot slot : known(table).slots()) {
            if (slot.range.overlaps(range)) {
                found.add(slot.descriptor);
            }
        }
        return found;
    }

    /**
     * A local serving tablet by its id.
     *
     * @throws EblaException {@code tablet_not_found}, {@code no_master}, {@code corrupted}
     */
    public Tablet tablet(TabletId id) {
        Slot slot = snapshot.byId().get(id);
        if (slot == null) {
            throw new EblaException(ErrorCode.TABLET_NOT_FOUND, "there is no tablet " + id);
        }
        return serving(slot);
    }

    /**
     * The local replica of a tablet when it may answer at that level; null when another node has to.
     * Nothing is thrown and nothing made: it is asked for every request.
     */
    public Tablet here(TabletId id, ReadLevel level) {
        LocalReplica local = local(id);
        return local == null ? null : local.answering(level);
    }

    /** Why the local replica of a tablet serves nobody; null while it does, or is not here. */
    public EblaException refusal(TabletId id) {
        LocalReplica local = local(id);
        return local == null ? null : local.refusalOfService();
    }

    /** The newest map this node has seen. */
    public ClusterMap map() {
        return snapshot.map();
    }

    private Table known(TableName name) {
        Table table = snapshot.tables().get(name);
        if (table == null) {
            throw new EblaException(ErrorCode.TABLE_NOT_FOUND, "there is no table " + name);
        }
        return table;
    }

    private LocalReplica local(TabletId id) {
        Slot slot = snapshot.byId().get(id);
        return slot == null ? null : slot.local;
    }

    private static Tablet serving(Slot slot) {
        LocalReplica local = slot.local;
        if (local == null) {
            throw noMaster("tablet " + slot.descriptor.id() + " has no replica open here");
        }
        return local.serving();
    }

    private static EblaException noMaster(String detail) {
        return new EblaException(ErrorCode.NO_MASTER, detail)
                .withRetryAfterMillis(RETRY_AFTER_MILLIS);
    }
}
