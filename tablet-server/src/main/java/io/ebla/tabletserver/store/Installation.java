package io.ebla.tabletserver.store;

import java.nio.ByteBuffer;

/**
 * A store that is made from the chunks of another's {@link Snapshot}, beside the one that the tablet may
 * have (L5). One thread at a time.
 *
 * <p>The steps, and what a crash after each leaves:
 *
 * <ol>
 *   <li>{@link #write} all chunks: the old replica; {@link TabletStores#install} goes on where {@link
 *       #progress} says, a bounded piece before the crash.
 *   <li>{@link #complete}, durably: the old replica; the new store waits, whole, at its position.
 *   <li>The journal's {@code restart} record of that position becomes durable. <b>This is the switch</b>:
 *       from here on the journal holds nothing that the old store could go on with, and all that the new
 *       one needs. {@link TabletStores#settle} takes the new store before the tablet is opened.
 *   <li>The old store is closed, and {@link #finish} moves it to the trash, then the new one into its
 *       place: two renames, each made durable before the next; {@code settle} repeats what is missing.
 * </ol>
 *
 * So a whole store stands at either position at any moment, and which of them counts is told by where the
 * journal's log begins: behind the new position only after the switch, as before it the log begins where
 * the old store was flushed. Should the old replica have gone on and been flushed at the very same entry,
 * both are the same.
 */
public interface Installation extends AutoCloseable {

    /** About the size of a chunk. */
    int CHUNK_BYTES = SnapshotChunk.TARGET_BYTES;

    /**
     * How far an installation has come.
     *
     * @param viewId of the view whose chunks are there, "" for none
     * @param nextChunk the first chunk that is not there
     */
    record Progress(String viewId, long nextChunk) {

        static final Progress NONE = new Progress("", 0);
    }

    /** Of the last entry that a completed store holds. */
    record Position(long epoch, long index) {}

    Progress progress();

    /** Goes on with the chunks of a view; what there is of another is discarded. */
    void begin(String viewId);

    /**
     * Takes the chunk that {@link #progress} names next, and shares no memory with it afterwards.
     *
     * @throws io.ebla.core.contract.EblaException {@code corrupted} when it is damaged or another's,
     *     {@code disk_full} or {@code disk_failed} when it could not be kept
     */
    void write(ByteBuffer chunk);

    /** Whether the last chunk was taken. */
    boolean isWhole();

    /**
     * Makes the store durable at the view's position; nothing is written afterwards.
     *
     * @throws io.ebla.core.contract.EblaException {@code corrupted} when it does not hold what the view
     *     said: it was discarded then
     */
    Position complete();

    /**
     * Puts the completed store in the place of the one the tablet had, which must be closed; after that
     * the tablet is opened as usual.
     */
    void finish();

    /** Discards everything. */
    void abort();

    /** Keeps what there is, for {@link TabletStores#install} to go on with. */
    @Override
    void close();
}
