package io.ebla.tabletserver.tablet;

import io.ebla.tabletserver.oplog.JournalDisk;
import io.ebla.tabletserver.oplog.JournalFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** A disk that calls things forced that are not: those of files that were there before, or that failed. */
final class LyingDisk implements JournalDisk {

    private final JournalDisk disk;
    private final boolean aboutFailures;

    private LyingDisk(JournalDisk disk, boolean aboutFailures) {
        this.disk = disk;
        this.aboutFailures = aboutFailures;
    }

    /** Nothing that an earlier process left is ever forced. */
    static LyingDisk aboutWhatWasThere(JournalDisk disk) {
        return new LyingDisk(disk, false);
    }

    /** A force that fails passes for one that did not. */
    static LyingDisk aboutFailures(JournalDisk disk) {
        return new LyingDisk(disk, true);
    }

    @Override
    public List<String> list() throws IOException {
        return disk.list();
    }

    @Override
    public JournalFile create(String name, long bytes) throws IOException {
        JournalFile file = disk.create(name, bytes);
        return aboutFailures ? new LyingFile(file) : file;
    }

    @Override
    public JournalFile open(String name) throws IOException {
        return new LyingFile(disk.open(name));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        disk.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
        disk.delete(name);
    }

    @Override
    public void syncDirectory() throws IOException {
        disk.syncDirectory();
    }

    @Override
    public long usableBytes() throws IOException {
        return disk.usableBytes();
    }

    private final class LyingFile implements JournalFile {
        private final JournalFile file;

        private LyingFile(JournalFile file) {
            this.file = file;
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public void write(ByteBuffer source, long at) throws IOException {
            file.write(source, at);
        }

        @Override
        public void read(ByteBuffer target, long at) throws IOException {
            file.read(target, at);
        }

        @Override
        public void truncate(long size) throws IOException {
            file.truncate(size);
        }

        @Override
        public void force() throws IOException {
            if (aboutFailures) {
                try {
                    file.force();
                } catch (IOException swallowed) {
                    // That is the lie.
                }
            }
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
