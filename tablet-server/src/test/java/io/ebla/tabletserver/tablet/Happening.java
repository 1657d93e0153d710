package io.ebla.tabletserver.tablet;

/** What may happen in the life of a group. */
enum Happening {
    WRITE(480),
    READ(280),
    /** A process dies, with its machine or without. */
    STOP(16),
    /** A process that died begins again. */
    RESTART(35),
    /** One way between two nodes is cut. */
    CUT(14),
    ISOLATE(6),
    /** The master hears of no node and not of meta; its clients still reach it. */
    ISOLATE_MASTER(6),
    /** Meta does not reach a node. */
    META_CUT(5),
    /** Meta does not reach the master, and everybody else does. */
    META_CUT_MASTER(4),
    HEAL(24),
    /** Meta takes a node for dead. */
    SUSPECT(8),
    /** Another leads meta within tenths of a second. */
    META_LEADER(4),
    /** Nobody leads meta for a while. */
    META_DEAD(1),
    HOLD_SYNCS(5),
    /** A store is flushed and its log may be freed. */
    FLUSH(12),
    STEP_WALL(2),
    /** A planned change of master. */
    HAND_OVER(5),
    /** A tablet is to be split. */
    SPLIT(0),
    /** A tablet is to be split where half of it lies below. */
    SPLIT_MIDDLE(0),
    /** A split that has not come is to come no more. */
    CANCEL_SPLIT(0),
    /** A replica is to go to another node. */
    MOVE(0),
    /** A node is to hold nothing, or may hold something again. */
    DRAIN(0),
    /** The table is to have more or fewer copies. */
    COPIES(0),
    /** A disk is replaced by an empty one. */
    WIPE(1),
    /** A durable byte of a journal changes. */
    DAMAGE(1),
    /** A sync fails, and the process ends a while later. */
    FAIL_SYNC(0),
    /** The master loses power, and is back at once. */
    RESTART_MASTER(2),
    /** A master that has not begun its epoch yet is cut off from everybody. */
    ISOLATE_NEW_MASTER(2),
    /** A disk has no room for a while. */
    FULL_DISK(0),
    /** A stretch of a journal's file is zeros when the process begins again, or all of the file. */
    SCAR(0),
    /** The disk that was replaced is back in its place, as it was. */
    DISK_BACK(0),
    /** Files can neither be made nor renamed nor removed any more, and the process ends a while later. */
    FAIL_FILES(0),
    /** Some reads of a journal fail, for a while. */
    FAIL_READS(0),
    /** Power goes in the middle of what a journal does, at its opening too. */
    POWER_CUT(0),
    /** Changes of the metadata take so long that who proposed them does not wait for all of them. */
    META_SLOW(0),
    /** Somebody asks for what cannot be. */
    MISTAKE(0),
    /** A process ends as it should, and not by force. */
    END(0),
    /** What one node had under way to another is lost, and it is told so. */
    LINK_BREAKS(0),
    /** A durable byte changes while the process runs. */
    ROT(0),
    /** A session goes on somewhere. */
    SESSION(0),
    /** A tablet is to be merged with its right neighbour. */
    MERGE(0),
    /** A merge that has not come is to come no more. */
    GIVE_UP_MERGE(0);

    /** Out of about a thousand. */
    private final int usual;

    Happening(int usual) {
        this.usual = usual;
    }

    int usual() {
        return usual;
    }
}
