package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * The memory stores of one node. A closed store's rows stay until it is removed, as its log does; the
 * end of the process ends both (L6).
 */
public final class InMemoryTabletStores implements TabletStores {

    private final Map<TabletId, MemoryState> closedStates = new HashMap<>();
    private final Map<TabletId, InMemoryTabletStore> open = new HashMap<>();
    private final Map<TabletId, Installation> installing = new HashMap<>();

    /** @throws IllegalStateException if it is open already */
    @Override
    public synchronized TabletStore open(TabletId tablet) {
        if (open.containsKey(tablet)) {
            throw new IllegalStateException("tablet " + tablet + " is open already");
        }
        MemoryState start = closedStates.getOrDefault(tablet, MemoryState.EMPTY);
        InMemoryTabletStore store = new InMemoryTabletStore(tablet, start, this::closed);
        open.put(tablet, store);
        return store;
    }

    @Override
    public synchronized Installation install(TabletId tablet) {
        return installing.computeIfAbsent(
                tablet, id -> new MemoryInstallation(id, state -> installed(id, state)));
    }

    @Override
    public synchronized void divide(TabletStore parent, TabletId child) {
        if (!open.containsKey(child)) {
            closedStates.putIfAbsent(child, ((InMemoryTabletStore) parent).state().ofChild(child));
        }
    }

    @Override
    public Joining join(
            TabletId into, Joining.Part left, Joining.Part right, BooleanSupplier wanted) {
        left.requireWhole();
        right.requireWhole();
        return begin(into, left, right, wanted);
    }

    /** Begins to join two stores, whatever they are. */
    Joining begin(TabletId into, Joining.Part left, Joining.Part right, BooleanSupplier wanted) {
        return new MemoryJoining(left, right, wanted, state -> installed(into, state));
    }

    private synchronized void installed(TabletId tablet, MemoryState state) {
        if (open.containsKey(tablet)) {
            throw new IllegalStateException("tablet " + tablet + " is replaced while open");
        }
        closedStates.put(tablet, state);
        installing.remove(tablet);
    }

    private synchronized void closed(InMemoryTabletStore store) {
        if (open.remove(store.tablet(), store)) {
            closedStates.put(store.tablet(), store.flushedState());
        }
    }

    /** @throws IllegalStateException if it is still open */
    @Override
    public synchronized void remove(TabletId tablet) {
        if (open.containsKey(tablet)) {
            throw new IllegalStateException("tablet " + tablet + " is removed while open");
        }
        closedStates.remove(tablet);
        installing.remove(tablet);
    }

    /** Of which there is something: a store, open or not, or a part of one. */
    synchronized Set<TabletId> tablets() {
        Set<TabletId> all = new HashSet<>(closedStates.keySet());
        all.addAll(open.keySet());
        all.addAll(installing.keySet());
        return all;
    }

    /** Ends all open stores as the death of the process would; each reopens as it was last flushed. */
    void abandonAll() {
        openStores().forEach(InMemoryTabletStore::abandon);
    }

    @Override
    public void close() {
        openStores().forEach(InMemoryTabletStore::close);
    }

    private synchronized List<InMemoryTabletStore> openStores() {
        return List.copyOf(open.values());
    }
}
