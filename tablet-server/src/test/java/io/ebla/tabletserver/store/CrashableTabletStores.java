package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Memory stores that can die like a process with disk stores: after {@link #crash} what was open is
 * closed, and each tablet opens again as it stood at its last flush. Installations survive as far as they
 * came, and {@link #settle} ends them as stores on disk do.
 */
public final class CrashableTabletStores implements TabletStores {

    private final InMemoryTabletStores stores = new InMemoryTabletStores();
    private final Map<TabletId, DurableInstallation> installing = new HashMap<>();

    public void crash() {
        stores.abandonAll();
    }

    /** Of which there is something, open or not. */
    public Set<TabletId> tablets() {
        Set<TabletId> all = new HashSet<>(stores.tablets());
        all.addAll(installing.keySet());
        return all;
    }

    @Override
    public TabletStore open(TabletId tablet) {
        return stores.open(tablet);
    }

    @Override
    public void divide(TabletStore parent, TabletId child) {
        stores.divide(parent, child);
    }

    @Override
    public void made(TabletId tablet) {
        stores.made(tablet);
    }

    @Override
    public Joining join(
            TabletId into, Joining.Part left, Joining.Part right, BooleanSupplier wanted) {
        return stores.join(into, left, right, wanted);
    }

    /** As if nobody looked what the two are. */
    public Joining joinAnything(
            TabletId into, Joining.Part left, Joining.Part right, BooleanSupplier wanted) {
        return stores.begin(into, left, right, wanted);
    }

    @Override
    public Installation install(TabletId tablet) {
        return installing.computeIfAbsent(
                tablet, id -> new DurableInstallation(id, stores.install(id)));
    }

    @Override
    public void settle(TabletId tablet, long logBase) {
        DurableInstallation installation = installing.get(tablet);
        if (installation != null && installation.position != null) {
            if (installation.position.index() == logBase) {
                installation.finish();
            } else if (installation.position.index() < logBase) {
                installation.abort();
            }
        }
    }

    @Override
    public void remove(TabletId tablet) {
        installing.remove(tablet);
        stores.remove(tablet);
    }

    @Override
    public void close() {
        stores.close();
    }

    /** It remembers whether it was completed. */
    private final class DurableInstallation implements Installation {
        private final TabletId tablet;
        private final Installation installation;
        private Position position;

        private DurableInstallation(TabletId tablet, Installation installation) {
            this.tablet = tablet;
            this.installation = installation;
        }

        @Override
        public Progress progress() {
            return installation.progress();
        }

        @Override
        public void begin(String viewId) {
            if (position != null) {
                abort();
            }
            installation.begin(viewId);
        }

        @Override
        public void write(ByteBuffer chunk) {
            installation.write(chunk);
        }

        @Override
        public boolean isWhole() {
            return installation.isWhole();
        }

        @Override
        public Position complete() {
            if (position == null) {
                position = installation.complete();
            }
            return position;
        }

        @Override
        public void finish() {
            installation.finish();
            position = null;
            installing.remove(tablet);
        }

        @Override
        public void abort() {
            installation.abort();
            position = null;
        }

        @Override
        public void close() {
            installation.close();
        }
    }
}
