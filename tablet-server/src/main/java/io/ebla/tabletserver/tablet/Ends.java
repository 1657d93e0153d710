package io.ebla.tabletserver.tablet;

/** How the parts of a replica's writer bring its service to an end; see {@link Retreat}. Writer only. */
interface Ends {

    /** Somebody else is, or will be, master of a higher epoch; nothing happens to one that is no master. */
    void stepDown(long forEpoch);

    /** The disk under log or store failed for good (L3). */
    void failDisk(RuntimeException cause);

    /** The log is not what it should be: never to be served again, only rebuilt (E6). */
    void corrupted();
}
