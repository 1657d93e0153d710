package io.ebla.tabletserver.oplog;

import java.io.IOException;
import java.util.List;

/**
 * The directory of a journal, as far as the journal uses one: the seam at which a test puts a disk
 * that loses power, fills up or lies. Any thread may call it.
 *
 * <p>A created, renamed or deleted name survives power loss after {@link #syncDirectory}; bytes do
 * after {@link JournalFile#force}.
 */
public interface JournalDisk {

    /** The names of the files in the directory, in no order. */
    List<String> list() throws IOException;

    /**
     * Makes a file of zero bytes whose blocks are allocated, and forces its content.
     *
     * @throws NoSpaceException if there is no room; the file does not exist then
     */
    JournalFile create(String name, long bytes) throws IOException;

    /** Opens an existing file for reading and writing; it stays open when renamed or deleted. */
    JournalFile open(String name) throws IOException;

    /** Replaces what was at {@code to}, if anything. */
    void rename(String from, String to) throws IOException;

    void delete(String name) throws IOException;

    void syncDirectory() throws IOException;

    /** Bytes that may still be written on the disk. */
    long usableBytes() throws IOException;
}
