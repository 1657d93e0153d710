package io.ebla.tabletserver.oplog;

/**
 * What a frame says of itself.
 *
 * @param journal the number drawn when the journal was made: others' frames are not ours
 * @param segment sequence number of the file it was written to: a recycled file's old frames are dead
 * @param position where in the whole journal it begins, in bytes
 * @param previous where the frame before it begins: tells how many frames a hole swallowed
 * @param durable everything before this position was durable when it was written
 * @param closing whether the journal was closed after it
 * @param payloadLength bytes after the header
 * @param payloadChecksum CRC32C of those
 */
record FrameHeader(
        long journal,
        long segment,
        long position,
        long previous,
        long durable,
        boolean closing,
        int payloadLength,
        int payloadChecksum) {

    /** Where the next frame begins. */
    long end() {
        return position + FrameCodec.lengthOnDisk(payloadLength);
    }
}
