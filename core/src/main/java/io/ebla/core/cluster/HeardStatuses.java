package io.ebla.core.cluster;

import io.ebla.core.cluster.MetaApi.Heartbeat;
import io.ebla.core.cluster.MetaApi.TabletStatus;
import java.util.HashMap;
import java.util.Map;

/**
 * What one run of a node has told of its tablets, up to one of its reports: the other side of {@link
 * ToldStatuses}. A report is of use to whoever knows its base or any later report of the run, for it tells
 * all that changed since the base; who led when those were told does not matter.
 *
 * @param number of the newest report that is in it, 0 before the first
 */
public record HeardStatuses(long number, Map<TabletId, TabletStatus> tablets) {

    /** Nothing was told yet. */
    public static final HeardStatuses NOTHING = new HeardStatuses(0, Map.of());

    public HeardStatuses {
        tablets = Map.copyOf(tablets);
    }

    /** Whether it is known what a report of this run rests on. */
    public boolean knowsBaseOf(Heartbeat report) {
        return report.base() <= number;
    }

    /** Whether a report came too late: a newer one did already. */
    public boolean isNewerThan(Heartbeat report) {
        return report.number() <= number;
    }

    /** With a report whose base is known and that did not come too late. */
    public HeardStatuses and(Heartbeat report) {
        if (report.base() > 0 && report.tablets().isEmpty() && report.gone().isEmpty()) {
            return new HeardStatuses(report.number(), tablets);
        }
        Map<TabletId, TabletStatus> next =
                report.base() == 0 ? new HashMap<>() : new HashMap<>(tablets);
        report.gone().forEach(next::remove);
        report.tablets().forEach(status -> next.put(status.tablet(), status));
        return new HeardStatuses(report.number(), next);
    }
}
