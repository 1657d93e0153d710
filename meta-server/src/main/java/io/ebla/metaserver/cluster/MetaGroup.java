package io.ebla.metaserver.cluster;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the metadata says of the group that keeps it, beyond what Raft itself knows: where its members
 * serve HTTP, and which changes of its membership were asked for.
 *
 * @param addresses member to {@code host:port} of its HTTP server, for members that have said it
 * @param changes oldest first; at most one of them runs, and only the latest ended ones are kept
 */
public record MetaGroup(SortedMap<String, String> addresses, List<MetaChange> changes) {

    static final MetaGroup UNKNOWN = new MetaGroup(new TreeMap<>(), List.of());

    private static final int ENDED_MAX = 16;

    public MetaGroup {
        addresses = Collections.unmodifiableSortedMap(new TreeMap<>(addresses));
        changes = List.copyOf(changes);
    }

    /** The change that is under way. */
    public Optional<MetaChange> running() {
        return changes.stream().filter(MetaChange::running).findFirst();
    }

    MetaGroup at(String member, String address) {
        SortedMap<String, String> next = new TreeMap<>(addresses);
        next.put(member, address);
        return new MetaGroup(next, changes);
    }

    MetaGroup without(String member) {
        SortedMap<String, String> next = new TreeMap<>(addresses);
        next.remove(member);
        return new MetaGroup(next, changes);
    }

    MetaGroup with(MetaChange begun) {
        List<MetaChange> next = new ArrayList<>(changes);
        if (next.size() >= ENDED_MAX) {
            next.remove(0);
        }
        next.add(begun);
        return new MetaGroup(addresses, next);
    }

    MetaGroup replace(MetaChange change) {
        List<MetaChange> next =
                changes.stream()
                        .map(each -> each.operation().equals(change.operation()) ? change : each)
                        .toList();
        return new MetaGroup(addresses, next);
    }
}
