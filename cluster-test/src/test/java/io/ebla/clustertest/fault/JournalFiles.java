package io.ebla.clustertest.fault;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The files of a stopped server's journal, to be damaged from outside; knows pages, not their format. */
final class JournalFiles {

    private static final int PAGE = 4096;

    private final List<Path> files;

    JournalFiles(Path data) throws IOException {
        try (Stream<Path> found = Files.list(data.resolve("journal"))) {
            files =
                    found.filter(file -> file.toString().endsWith(".journal"))
                            .sorted(Comparator.comparing(Path::getFileName))
                            .toList();
        }
    }

    /** Whether the last page that holds anything holds this text. */
    boolean endsWith(String text) throws IOException {
        byte[] bytes = Files.readAllBytes(lastUsed());
        int page = lastPage(bytes);
        byte[] end = Arrays.copyOfRange(bytes, page, Math.min(bytes.length, page + PAGE));
        return indexOf(end, text.getBytes(StandardCharsets.UTF_8)) >= 0;
    }

    /** Flips one bit of the first place where a text stands; how many files hold it. */
    int flipIn(String text) throws IOException {
        byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
        int found = 0;
        for (Path file : files) {
            byte[] bytes = Files.readAllBytes(file);
            int at = indexOf(bytes, wanted);
            if (at >= 0) {
                bytes[at + wanted.length / 2] ^= 0x10;
                Files.write(file, bytes, StandardOpenOption.SYNC);
                found++;
            }
        }
        return found;
    }

    /** Overwrites the beginning of the page in which a text stands: what frames it is lost. */
    int wipePageHeadOf(String text) throws IOException {
        byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
        int found = 0;
        for (Path file : files) {
            byte[] bytes = Files.readAllBytes(file);
            int at = indexOf(bytes, wanted);
            if (at >= 0) {
                Arrays.fill(bytes, at / PAGE * PAGE, at / PAGE * PAGE + 16, (byte) 0x5a);
                Files.write(file, bytes, StandardOpenOption.SYNC);
                found++;
            }
        }
        return found;
    }

    /** Cuts the last file somewhere inside the last page that holds anything. */
    void cutLastPage(int keep) throws IOException {
        Path last = lastUsed();
        byte[] bytes = Files.readAllBytes(last);
        int page = lastPage(bytes);
        Files.write(last, Arrays.copyOf(bytes, page + keep % PAGE));
    }

    /** Puts bytes of chance behind the last page that holds anything. */
    void appendRubbish(byte[] rubbish) throws IOException {
        Path last = lastUsed();
        byte[] bytes = Files.readAllBytes(last);
        int end = lastPage(bytes) + PAGE;
        byte[] longer = Arrays.copyOf(bytes, Math.max(bytes.length, end + rubbish.length));
        System.arraycopy(rubbish, 0, longer, end, rubbish.length);
        Files.write(last, longer, StandardOpenOption.SYNC);
    }

    /** The newest file that has been written to; a newer one may stand ready. */
    private Path lastUsed() throws IOException {
        for (int i = files.size() - 1; i >= 0; i--) {
            if (lastPage(Files.readAllBytes(files.get(i))) >= 0) {
                return files.get(i);
            }
        }
        throw new IOException("an empty journal");
    }

    private static int lastPage(byte[] bytes) {
        for (int at = bytes.length - 1; at >= 0; at--) {
            if (bytes[at] != 0) {
                return at / PAGE * PAGE;
            }
        }
        return -1;
    }

    private static int indexOf(byte[] bytes, byte[] wanted) {
        for (int at = 0; at + wanted.length <= bytes.length; at++) {
            if (bytes[at] == wanted[0] && matches(bytes, at, wanted)) {
                return at;
            }
        }
        return -1;
    }

    private static boolean matches(byte[] bytes, int at, byte[] wanted) {
        return Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length);
    }
}
