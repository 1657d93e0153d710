package io.ebla.tabletserver.store;

import java.util.Arrays;

/** The keys of a store's system records; no snapshot carries those that are the node's own. */
final class SystemKeys {

    /** Where the store stands; a snapshot says so of itself. */
    static final byte[] APPLIED = {'a', 'p', 'p', 'l', 'i', 'e', 'd'};

    /** What the store is: {@link StoreFormat}. */
    static final byte[] FORMAT = {'s', 't', 'o', 'r', 'e'};

    /** How far an installation has come. */
    static final byte[] INSTALLING = {'i', 'n', 's', 't', 'a', 'l', 'l', 'i', 'n', 'g'};

    /** Where each epoch began: {@link EpochStarts}. */
    static final byte[] EPOCHS = {'e', 'p', 'o', 'c', 'h', 's'};

    /** What the store shows of its files; absent for all. */
    static final byte[] RANGE = {'r', 'a', 'n', 'g', 'e'};

    /** There while a store that a split made is not in order: 0 before it is counted, then 1. */
    static final byte[] UNSETTLED = {'u', 'n', 's', 'e', 't', 't', 'l', 'e', 'd'};

    /** Into what the tablet was split: of every replica. */
    static final byte[] DIVISION = {'d', 'i', 'v', 'i', 's', 'i', 'o', 'n'};

    /** The last split that was cancelled: of every replica. */
    static final byte[] CANCELLED = {'c', 'a', 'n', 'c', 'e', 'l', 'l', 'e', 'd'};

    /** The merge for which the tablet is sealed: of every replica. */
    static final byte[] SEALED = {'s', 'e', 'a', 'l', 'e', 'd'};

    private SystemKeys() {}

    static boolean isOwn(byte[] key) {
        return Arrays.equals(key, APPLIED)
                || Arrays.equals(key, FORMAT)
                || Arrays.equals(key, INSTALLING)
                || Arrays.equals(key, RANGE)
                || Arrays.equals(key, UNSETTLED);
    }
}
