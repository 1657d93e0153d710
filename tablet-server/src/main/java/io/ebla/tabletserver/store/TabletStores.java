package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Makes and removes the stores of one node: one implementation per {@code StoreKind}. */
public interface TabletStores extends AutoCloseable {

    /**
     * The file in a store's folder that says whose it is: not the store's own, and kept when another store
     * takes the folder's place.
     */
    String DESCRIPTOR = "tablet.json";

    /** Opens a tablet's store, new and empty where there is none. */
    TabletStore open(TabletId tablet);

    /**
     * Begins to replace a tablet's store by a copy of another node's, or goes on with it (L5). The store
     * that the tablet has may stay open until {@link Installation#finish}.
     *
     * @throws IllegalStateException if one is under way
     */
    default Installation install(TabletId tablet) {
        throw new UnsupportedOperationException("install");
    }

    /**
     * Makes the store of one child of a split tablet, over what its open store holds: nothing is copied. It
     * is whole and durable where it stands, and not a replica's before somebody writes the descriptor beside
     * it; one that has a descriptor is left as it is, one that has none is made anew. Both may be made at a
     * time.
     *
     * @param parent an open store of these stores whose {@link TabletStore#division} is known
     */
    default void divide(TabletStore parent, TabletId child) {
        throw new UnsupportedOperationException("divide");
    }

    /**
     * Begins the store of a child before its tablet is split, so that little is left to do when it is. Takes
     * long. Who has begun it finishes or closes it before {@link #divide} is called for that child.
     *
     * @param parent an open store of these stores
     * @param free asked once nobody else can take the child's place: whoever is about to make the child must
     *     have said so before {@link #discardHalfMade}, which then ends what was begun or waits for its turn
     * @return empty where nothing is gained by it, the child has a store, or it is not free
     */
    default Optional<Dividing> beginDividing(
            TabletStore parent, TabletId child, BooleanSupplier free) {
        return Optional.empty();
    }

    /**
     * A store that {@link #divide} or {@link #join} made is a replica's from now on: its descriptor stands
     * beside it.
     */
    default void made(TabletId tablet) {}

    /**
     * Begins the store of a tablet that is to take the place of two, by what both hold now. Takes long.
     *
     * @param wanted asked again and again whether to go on
     * @throws java.util.concurrent.CancellationException if it is not wanted any more
     * @throws IllegalStateException if one of the two is not counted and settled
     * @throws io.ebla.core.contract.EblaException {@code disk_full} if there is no room for it
     */
    default Joining join(
            TabletId into, Joining.Part left, Joining.Part right, BooleanSupplier wanted) {
        throw new UnsupportedOperationException("join");
    }

    /**
     * Removes a store that {@link #divide} or {@link #join} made and that is no replica's: another is about
     * to be made.
     */
    default void discardHalfMade(TabletId tablet) {}

    /**
     * Ends what a crash left of an installation, before the tablet is opened: takes the new store if the
     * journal was restarted at its position, discards it if the log begins behind that.
     *
     * @param logBase index of the entry before the first one that the tablet's log holds, 0 for none
     */
    default void settle(TabletId tablet, long logBase) {}

    /** Removes a closed tablet's files, by way of the trash folder (L7). */
    void remove(TabletId tablet);

    @Override
    void close();
}
