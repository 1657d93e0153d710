package io.ebla.tabletserver.api;

import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.tabletserver.tablet.TabletHost;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/** Where {@link FakeMeta} puts the tablets of a new table: on the nodes in turn. */
final class FakePlacement {

    private FakePlacement() {}

    static boolean sameOptions(TableDescriptor one, TableDescriptor other) {
        return one.store() == other.store()
                && one.ttlMillis() == other.ttlMillis()
                && one.splitAt().equals(other.splitAt());
    }

    /**
     * @param last the id of the last tablet there is
     * @param mastered whether the first replica of each becomes its master
     */
    static List<TabletDescriptor> place(
            TableDescriptor table, long last, List<TabletHost> hosts, boolean mastered) {
        List<String> bounds = new ArrayList<>();
        bounds.add("");
        for (String hex : table.splitAt()) {
            Bytes pk = Bytes.wrap(HexFormat.of().parseHex(hex));
            bounds.add(KeyRange.boundOfPk(pk).toString());
        }
        bounds.add("");
        List<TabletDescriptor> tablets = new ArrayList<>();
        for (int i = 0; i + 1 < bounds.size(); i++) {
            TabletHost host = hosts.get(i % hosts.size());
            List<ReplicaDescriptor> replicas = new ArrayList<>();
            for (int copy = 0; copy < table.replicas(); copy++) {
                NodeId holder = hosts.get((i + copy) % hosts.size()).self();
                ReplicaId replica = new ReplicaId(UUID.randomUUID().toString());
                replicas.add(new ReplicaDescriptor(holder, replica, false, false));
            }
            tablets.add(
                    new TabletDescriptor(
                            new TabletId(last + 1 + i),
                            table.name(),
                            bounds.get(i),
                            bounds.get(i + 1),
                            replicas,
                            mastered ? 1 : 0,
                            mastered ? new Mastership(1, host.self(), host.incarnation()) : null));
        }
        return tablets;
    }
}
