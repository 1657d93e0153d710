package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;

/**
 * What the journal says of a tablet besides its entries: where its log ends. It stands in the frame
 * after every frame that changed the log, and for all tablets at the head of each segment.
 *
 * @param lastEpoch epoch of the last entry, 0 for none
 * @param lastIndex index of the last entry, 0 for none
 * @param promisedEpoch the highest epoch accepted
 * @param commitHint the highest commit index an entry spoke of
 * @param corrupted whether entries were lost to corruption
 * @param dropped whether the tablet was dropped
 */
record TabletMark(
        TabletId tablet,
        long lastEpoch,
        long lastIndex,
        long promisedEpoch,
        long commitHint,
        boolean corrupted,
        boolean dropped) {}
