package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.store.Joining;
import io.ebla.tabletserver.store.Sealing;
import io.ebla.tabletserver.store.TabletStore;
import java.util.List;

/** A store in the making over the real one, to play one that lacks a rule. */
class PlayedJoining implements Joining {

    private final Joining real;

    PlayedJoining(Joining real) {
        this.real = real;
    }

    @Override
    public TabletStore.Applied position(TabletId tablet) {
        return real.position(tablet);
    }

    @Override
    public void follow(TabletId tablet, List<LogEntry> entries) {
        real.follow(tablet, entries);
    }

    @Override
    public TabletStore.Applied finish(Sealing left, Sealing right) {
        return real.finish(left, right);
    }

    @Override
    public void close() {
        real.close();
    }
}
