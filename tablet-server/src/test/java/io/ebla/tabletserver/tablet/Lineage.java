package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.Mutation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tablets that there were in the life of a group, each with its range and the index its log begins
 * behind: that of the SPLIT it came from, or the higher one of two SEALs. Along the tablets that had a row
 * indexes only rise, so that row and index name one place, whichever tablet's log it is in.
 */
final class Lineage {

    /**
     * @param parents one it was split from, or two that were merged; none for the first
     * @param base the index behind which its log begins, 0 for the first
     */
    record Tablet(TabletId id, List<TabletId> parents, KeyRange range, long base) {}

    /** Parents before their children. */
    private final Map<TabletId, Tablet> tablets = new LinkedHashMap<>();

    Lineage() {
        tablets.put(LocalGroup.TABLET, new Tablet(LocalGroup.TABLET, List.of(), KeyRange.ALL, 0));
    }

    /** A tablet has ended; telling that twice is telling it once. */
    void split(TabletId parent, Mutation.Split split, long index) {
        KeyRange range = tablets.get(parent).range();
        tablets.putIfAbsent(
                split.low(),
                new Tablet(
                        split.low(),
                        List.of(parent),
                        new KeyRange(range.from(), split.at()),
                        index));
        tablets.putIfAbsent(
                split.high(),
                new Tablet(
                        split.high(),
                        List.of(parent),
                        new KeyRange(split.at(), range.to()),
                        index));
    }

    /** One tablet has begun in the place of two. */
    void merge(TabletId into, TabletId left, TabletId right, long base) {
        KeyRange range =
                new KeyRange(tablets.get(left).range().from(), tablets.get(right).range().to());
        tablets.put(into, new Tablet(into, List.of(left, right), range, base));
    }

    boolean isOne() {
        return tablets.size() == 1;
    }

    /** Null for one that nobody has heard of. */
    Tablet of(TabletId id) {
        return tablets.get(id);
    }

    boolean holds(TabletId id, String key) {
        Tablet tablet = tablets.get(id);
        return tablet != null && tablet.range().contains(RowKey.of(key));
    }

    /** The youngest tablet that has the row. */
    TabletId of(String key) {
        return at(key, Long.MAX_VALUE);
    }

    /** The tablet in whose log an index of the row's history is. */
    TabletId at(String key, long index) {
        TabletId found = LocalGroup.TABLET;
        for (Tablet tablet : tablets.values()) {
            if (tablet.base() < index && tablet.range().contains(RowKey.of(key))) {
                found = tablet.id();
            }
        }
        return found;
    }

    /** Whether others have begun in its place. */
    boolean hasEnded(TabletId id) {
        return tablets.values().stream().anyMatch(each -> each.parents().contains(id));
    }
}
