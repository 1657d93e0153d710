package io.ebla.core.cluster;

import io.ebla.core.cluster.MetaApi.Follower;
import io.ebla.core.cluster.MetaApi.TabletStatus;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A node's side of its reports: each tells what changed in any report after the last that was taken, so that
 * it does not matter which of those in between arrived. {@link HeardStatuses} is the other side. Of one
 * thread.
 */
public final class ToldStatuses {

    /** @param changedIn the report in which it was told anew */
    private record Told(TabletStatus status, long changedIn) {}

    private final Map<TabletId, Told> told = new HashMap<>();

    /** Tablets of which nothing is told any more, and since which report. */
    private final Map<TabletId, Long> gone = new HashMap<>();

    private long number;
    private long taken;

    /** The next report. */
    public MetaApi.Heartbeat next(
            Incarnation incarnation, long wallMillis, List<TabletStatus> current) {
        List<TabletStatus> statuses = current.stream().map(ToldStatuses::withoutLagMillis).toList();
        number++;
        note(statuses);
        return taken == 0
                ? MetaApi.Heartbeat.ofAll(incarnation, wallMillis, number, statuses)
                : new MetaApi.Heartbeat(
                        incarnation,
                        wallMillis,
                        number,
                        taken,
                        statuses.stream()
                                .filter(each -> told.get(each.tablet()).changedIn() > taken)
                                .toList(),
                        gone.entrySet().stream()
                                .filter(each -> each.getValue() > taken)
                                .map(Map.Entry::getKey)
                                .toList());
    }

    /**
     * For how long a follower has been behind is not told: while a node is dead that would be news of each
     * tablet it has, in every report, and the leader asks how far one is behind, not for how long.
     */
    private static TabletStatus withoutLagMillis(TabletStatus status) {
        return status.followers().stream().allMatch(each -> each.lagMillis() == 0)
                ? status
                : new TabletStatus(
                        status.tablet(),
                        status.replica(),
                        status.epoch(),
                        status.serving(),
                        status.startedEpoch(),
                        status.endedEpoch(),
                        status.condition(),
                        status.durableIndex(),
                        status.appliedIndex(),
                        status.committedIndex(),
                        status.rows(),
                        status.bytes(),
                        status.followers().stream().map(ToldStatuses::withoutLagMillis).toList(),
                        status.rebuilding(),
                        status.operations(),
                        status.counted());
    }

    private static Follower withoutLagMillis(Follower follower) {
        return new Follower(
                follower.node(),
                follower.durableIndex(),
                follower.lagEntries(),
                follower.lagBytes(),
                0);
    }

    private void note(List<TabletStatus> statuses) {
        for (TabletStatus status : statuses) {
            Told before = told.get(status.tablet());
            boolean same =
                    before != null && (before.status() == status || before.status().equals(status));
            if (!same) {
                told.put(status.tablet(), new Told(status, number));
                gone.remove(status.tablet());
            }
        }
        if (told.size() > statuses.size()) {
            Set<TabletId> there = new HashSet<>();
            statuses.forEach(status -> there.add(status.tablet()));
            told.keySet().stream()
                    .filter(tablet -> !there.contains(tablet))
                    .forEach(tablet -> gone.put(tablet, number));
            told.keySet().retainAll(there);
        }
    }

    /** The leader took that report: the next ones rest on it. */
    public void taken(long report) {
        taken = Math.max(taken, report);
        gone.values().removeIf(since -> since <= taken);
    }

    /** The leader does not know what the last report rested on: the next one tells all. */
    public void tellAll() {
        taken = 0;
    }
}
