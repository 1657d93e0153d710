package io.ebla.tabletserver.routing;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The tablets of one map, each table's in key order. Immutable. */
final class RoutingTable {

    private final ClusterMap map;
    private final Map<TableName, Ranges> tables = new HashMap<>();
    private final Map<TabletId, RoutedTablet> byId = new HashMap<>();

    private RoutingTable(ClusterMap map) {
        this.map = map;
    }

    static RoutingTable of(ClusterMap map, Routing routing) {
        RoutingTable table = new RoutingTable(map);
        Map<TableName, List<RoutedTablet>> ofTables = new HashMap<>();
        for (TabletDescriptor tablet : map.tablets()) {
            RoutedTablet routed = new RoutedTablet(routing, tablet);
            ofTables.computeIfAbsent(tablet.table(), name -> new ArrayList<>()).add(routed);
            table.byId.put(tablet.id(), routed);
        }
        for (TableDescriptor described : map.tables()) {
            table.tables.put(
                    described.name(),
                    new Ranges(ofTables.getOrDefault(described.name(), List.of())));
        }
        return table;
    }

    ClusterMap map() {
        return map;
    }

    /** Null when there is no such table. */
    Ranges ranges(TableName name) {
        return tables.get(name);
    }

    /** Null when there is no such tablet. */
    RoutedTablet byId(TabletId id) {
        return byId.get(id);
    }

    /** The tablets of one table. */
    static final class Ranges {

        private final RoutedTablet[] sorted;
        private final Bytes[] from;

        private Ranges(List<RoutedTablet> tablets) {
            sorted = tablets.toArray(RoutedTablet[]::new);
            java.util.Arrays.sort(sorted, Comparator.comparing(tablet -> tablet.range().from()));
            from = new Bytes[sorted.length];
            for (int i = 0; i < sorted.length; i++) {
                from[i] = sorted[i].range().from();
            }
        }

        /** The tablet of a key, or null where the map has a hole. */
        RoutedTablet at(RowKey key) {
            int at = lastFrom(key.encoded());
            return at >= 0 && sorted[at].range().contains(key) ? sorted[at] : null;
        }

        /** The tablet at the near end of a range, or null where the map has a hole. */
        RoutedTablet nearest(KeyRange range, boolean descending) {
            if (!descending) {
                int at = lastFrom(range.from());
                return at >= 0 && sorted[at].range().overlaps(range) ? sorted[at] : null;
            }
            int at = range.to().isEmpty() ? sorted.length - 1 : lastFrom(range.to());
            if (at >= 0 && from[at].equals(range.to()) && !range.to().isEmpty()) {
                at--; // the range ends where that tablet begins
            }
            return at >= 0 && reaches(sorted[at].range(), range.to()) ? sorted[at] : null;
        }

        private static boolean reaches(KeyRange tablet, Bytes end) {
            return tablet.to().isEmpty() || !end.isEmpty() && end.compareTo(tablet.to()) <= 0;
        }

        /** The last tablet that begins at or before some bytes, -1 for none. */
        private int lastFrom(Bytes bytes) {
            int low = 0;
            int high = from.length - 1;
            while (low <= high) {
                int middle = (low + high) >>> 1;
                if (from[middle].compareTo(bytes) <= 0) {
                    low = middle + 1;
                } else {
                    high = middle - 1;
                }
            }
            return high;
        }
    }
}
