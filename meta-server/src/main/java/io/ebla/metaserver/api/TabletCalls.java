package io.ebla.metaserver.api;

import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.metaserver.cluster.ClusterState;
import java.util.Optional;

/** What a call about a tablet is about: one that is there, or one that was split or merged since. */
final class TabletCalls {

    private TabletCalls() {}

    /** @param table that it is to be of, if the caller says so */
    static boolean isThere(ClusterState state, Optional<TableName> table, TabletId id) {
        TabletDescriptor tablet = state.tablets().get(id);
        return tablet != null && table.orElse(tablet.table()).equals(tablet.table());
    }

    /** @throws EblaException {@code tablet_not_found} */
    static void require(ClusterState state, Optional<TableName> table, TabletId id) {
        if (!isThere(state, table, id)) {
            throw new EblaException(
                    ErrorCode.TABLET_NOT_FOUND,
                    "there is no tablet " + id + table.map(name -> " of " + name).orElse(""));
        }
    }

    /** Whether what was done at a time was done to the table of that name that there is now. */
    static boolean isStillOf(
            ClusterState state, Optional<TableName> wanted, TableName table, long atMillis) {
        TableDescriptor now = state.tables().get(table);
        return wanted.orElse(table).equals(table) && now != null && now.createdAt() <= atMillis;
    }
}
