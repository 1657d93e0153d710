package io.ebla.clustertest.reshape;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads one stream of a table no faster than it is let, and judges it: the rows that are there throughout
 * come each exactly once and in order, and the answer ends as it should. Rows that come and go in between are
 * only to be in order.
 *
 * <p>The test lets it read and asks what is wrong; a thread of its own reads.
 */
final class StreamReader implements AutoCloseable {

    private final String name;
    private final Thread thread;
    private long allowed;
    private long read;
    private boolean over;
    private boolean givenUp;
    private String wrong = "";

    /** @param lasting pks of the rows that are there throughout, in the order they are to come in */
    StreamReader(URI server, String path, boolean descending, List<String> lasting) {
        name = server + path;
        thread = new Thread(() -> run(server, path, descending, lasting), "stream");
        thread.start();
    }

    private void run(URI server, String path, boolean descending, List<String> lasting) {
        try (NdjsonSocket stream = new NdjsonSocket(server, path)) {
            judge(stream, descending, lasting);
        } catch (Exception failed) {
            fail(failed.toString());
        } finally {
            end();
        }
    }

    private void judge(NdjsonSocket stream, boolean descending, List<String> lasting)
            throws Exception {
        if (stream.status() != 200) {
            fail("status " + stream.status());
        }
        int next = 0;
        String last = null;
        for (String line = stream.line(); line != null; line = stream.line()) {
            if (!line.startsWith("{\"pk\":\"")) {
                fail("a line " + line);
                return;
            }
            String pk = line.substring(7, line.indexOf('"', 7));
            int order = last == null ? 0 : last.compareTo(pk);
            if (last != null && (descending ? order <= 0 : order >= 0)) {
                fail(pk + " after " + last);
                return;
            }
            last = pk;
            if (pk.indexOf('-') < 0) {
                String expected = next < lasting.size() ? lasting.get(next) : "the end";
                if (!pk.equals(expected)) {
                    fail(pk + " where " + expected + " was to come");
                    return;
                }
                next++;
                if (!mayGoOn()) {
                    return;
                }
            }
        }
        if (next < lasting.size()) {
            fail("an end where " + lasting.get(next) + " was to come");
        }
    }

    private synchronized boolean mayGoOn() throws InterruptedException {
        read++;
        notifyAll();
        while (read >= allowed && !givenUp) {
            wait();
        }
        return !givenUp;
    }

    private synchronized void fail(String what) {
        wrong = name + ", after " + read + " rows: " + what;
    }

    private synchronized void end() {
        over = true;
        notifyAll();
    }

    /** Lets it read more rows. */
    synchronized void allow(long rows) {
        allowed = rows > Long.MAX_VALUE - allowed ? Long.MAX_VALUE : allowed + rows;
        notifyAll();
    }

    /** Waits until it has read what it may, or is at its end. */
    synchronized void awaitPause() throws InterruptedException {
        while (read < allowed && !over) {
            wait();
        }
    }

    /** What is wrong with what it has read so far; empty when nothing is. */
    synchronized String wrong() {
        return wrong;
    }

    @Override
    public void close() {
        synchronized (this) {
            givenUp = true;
            notifyAll();
        }
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    /** Those of several that are wrong. */
    static List<String> wrong(List<StreamReader> readers) {
        List<String> wrong = new ArrayList<>();
        for (StreamReader each : readers) {
            if (!each.wrong().isEmpty()) {
                wrong.add(each.wrong());
            }
        }
        return wrong;
    }
}
