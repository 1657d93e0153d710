package io.ebla.tabletserver.routing;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.tablet.RowTablet;
import io.ebla.tabletserver.tablet.TabletDirectory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * From a key to the tablet that holds it, wherever that is: what every request of this node asks first.
 *
 * <p>A tablet is found in a table made of the newest map; what it then does with a request is {@link
 * RoutedTablet}'s to tell. Finding one makes nothing: tablets are made once for each map. Any thread; never
 * blocks.
 */
public final class Routing {

    private static final long RETRY_AFTER_MILLIS = 100;

    private final NodeId self;
    private final TabletDirectory directory;
    private final RemoteNodes nodes;
    private final WaitingRoom waiting;
    private final Clock clock;
    private final RoutingObserver observer;
    private volatile RoutingTable table;

    Routing(
            NodeId self,
            TabletDirectory directory,
            RemoteNodes nodes,
            WaitingRoom waiting,
            Clock clock,
            RoutingObserver observer) {
        this.self = self;
        this.directory = directory;
        this.nodes = nodes;
        this.waiting = waiting;
        this.clock = clock;
        this.observer = observer;
        this.table = RoutingTable.of(directory.map(), this);
    }

    /**
     * The tablet of a key.
     *
     * @throws EblaException {@code table_not_found} (this map does not know it: ask meta before saying
     *     so), {@code no_master} where the map has a hole
     */
    public RowTablet locate(TableName name, RowKey key) {
        RoutedTablet found = known(name).at(key);
        if (found == null) {
            throw noTablet("row " + key + " of table " + name);
        }
        return found;
    }

    /**
     * The tablet with the first, or when descending the last, row that a range may have.
     *
     * @throws EblaException as {@link #locate}
     */
    public RowTablet nearest(TableName name, KeyRange range, boolean descending) {
        RoutedTablet found = known(name).nearest(range, descending);
        if (found == null) {
            throw noTablet("a part of the range of table " + name);
        }
        return found;
    }

    /** A tablet by its id, or null when the map has none of it. */
    public RowTablet tablet(TabletId id) {
        return table().byId(id);
    }

    /**
     * Reads many rows of a table, those that another node answers in one call to it. Replies come on the
     * event loop, some perhaps before this returns.
     *
     * @throws EblaException as {@link #locate}
     */
    public void getAll(
            TableName name,
            GroupedReads.Asked asked,
            Executor eventLoop,
            GroupedReads.Replies replies) {
        RoutingTable.Ranges ranges = known(name);
        List<RoutedTablet> tablets = new ArrayList<>(asked.keys().size());
        for (RowKey key : asked.keys()) {
            RoutedTablet found = ranges.at(key);
            if (found == null) {
                throw noTablet("row " + key + " of table " + name);
            }
            tablets.add(found);
        }
        new GroupedReads(this, asked, tablets, eventLoop, replies).start();
    }

    private static EblaException noTablet(String what) {
        return new EblaException(ErrorCode.NO_MASTER, "nobody is known to serve " + what)
                .withRetryAfterMillis(RETRY_AFTER_MILLIS);
    }

    private RoutingTable.Ranges known(TableName name) {
        RoutingTable.Ranges ranges = table().ranges(name);
        if (ranges == null) {
            throw new EblaException(ErrorCode.TABLE_NOT_FOUND, "there is no table " + name);
        }
        return ranges;
    }

    /** Made anew by whoever first finds the map changed; two who do so at once make the same. */
    private RoutingTable table() {
        RoutingTable known = table;
        ClusterMap map = directory.map();
        if (known.map() != map) {
            known = RoutingTable.of(map, this);
            table = known;
        }
        return known;
    }

    /**
     * How it is with another node, for who watches.
     *
     * @param callsUnderWay calls to it that are not answered
     * @param open whether its circuit breaker lets nothing through
     */
    public record NodeFigures(NodeId node, int callsUnderWay, boolean open) {}

    /** Of the nodes that anything was handed on to. */
    public List<NodeFigures> figures() {
        return nodes.known().stream()
                .map(node -> new NodeFigures(node.id(), node.callsUnderWay(), !node.admits()))
                .toList();
    }

    /** Requests that wait until somebody can take them. */
    public int waitingRequests() {
        return waiting.count();
    }

    // ---------------------------------------------------------------- for routed tablets

    /** What the newest map says of a tablet, or null when it has none of it. */
    TabletDescriptor descriptor(TabletId id) {
        RoutedTablet found = table().byId(id);
        return found == null ? null : found.descriptor();
    }

    /** The tablet of a key, or null where the map has none. */
    RoutedTablet find(TableName name, RowKey key) {
        RoutingTable.Ranges ranges = table().ranges(name);
        return ranges == null ? null : ranges.at(key);
    }

    NodeId self() {
        return self;
    }

    TabletDirectory directory() {
        return directory;
    }

    RemoteNodes nodes() {
        return nodes;
    }

    WaitingRoom waiting() {
        return waiting;
    }

    Clock clock() {
        return clock;
    }

    RoutingObserver observer() {
        return observer;
    }
}
