package io.ebla.clustertest.failover;

/**
 * One kill: of whom, in which moment of which procedure.
 *
 * @param point as {@link io.ebla.core.failpoint.FailPoints} call it
 * @param way what brings the procedure there
 */
record KillCell(Procedure procedure, String point, Victim victim, Way way) {

    /** By what they do in the procedure, which is about the first tablet of the table. */
    enum Victim {
        META_LEADER,
        /** Of the tablet; of the left one of two that are merged. */
        MASTER,
        /** Of the right one of two. */
        RIGHT_MASTER,
        /** One of its other members. */
        SLAVE,
        /** Who is to have the replica, or the mastership. */
        TARGET,
        /** Who has a replica that is to go. */
        SOURCE,
        /** Whoever comes to that moment first, but for the master. */
        ANOTHER,
        /** Whoever comes to that moment first. */
        ANYBODY
    }

    enum Way {
        /** It is asked for, and nothing else. */
        USUAL,
        /** The split of a single row. */
        NO_MIDDLE,
        /** Two of three copies are down when a split is asked for, until that is cancelled. */
        TWO_DOWN,
        /** The master of the left tablet is held before it has the merged one. */
        MERGE_HELD,
        /** The target of a hand-over is stopped in its tracks. */
        TARGET_PAUSED,
        /** The node that a replica moves to is held with it, and drained. */
        TARGET_DRAINED,
        /** A drain is taken back at once. */
        TAKEN_BACK,
        /** Balancing is paused while a hand-over of it is held. */
        PAUSED;

        /** Whether it takes no longer than the procedure does. */
        boolean quick() {
            return this == USUAL || this == NO_MIDDLE || this == TAKEN_BACK || this == PAUSED;
        }
    }

    @Override
    public String toString() {
        return procedure.text() + ": " + point + " of " + victim;
    }
}
