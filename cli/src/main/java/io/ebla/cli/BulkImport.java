package io.ebla.cli;

import io.ebla.client.BulkReceipt;
import io.ebla.client.ByteLines;
import io.ebla.client.EblaClientException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Spreads the lines of a source over several bulk writes at a time.
 *
 * <p>All lines of one pk go the same way, so they keep their order. A way has one chunk being filled,
 * one waiting and one being sent, so memory is bounded by the ways, not by the source. A chunk that
 * the server certainly did not apply is sent again a few times; after any other failed request nothing
 * more is read.
 */
final class BulkImport {

    private static final int ATTEMPTS = 8;
    private static final long FIRST_PAUSE_MILLIS = 50;
    private static final BulkChunk END = new BulkChunk();

    /** Sends one bulk write. */
    interface Sender {
        BulkReceipt send(InputStream lines);
    }

    private final Sender sender;
    private final ImportTally tally;
    private final List<Way> ways = new ArrayList<>();
    private volatile boolean broken;
    private volatile RuntimeException fault;

    BulkImport(Sender sender, int connections, ImportTally tally) {
        this.sender = sender;
        this.tally = tally;
        for (int i = 0; i < connections; i++) {
            ways.add(new Way());
        }
    }

    /** Whether every line of the source was sent and answered. */
    boolean run(InputStream source) throws IOException, InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(ways.size());
        try {
            ways.forEach(threads::execute);
            IOException unreadable = read(new ByteLines(source));
            for (Way way : ways) {
                way.finish();
            }
            threads.shutdown();
            threads.awaitTermination(Long.MAX_VALUE, TimeUnit.DAYS);
            if (unreadable != null) {
                throw unreadable;
            }
        } finally {
            threads.shutdownNow();
        }
        if (fault != null) {
            throw fault;
        }
        return !broken;
    }

    /** Returns why the source cannot be read on, or null; what was read before is sent all the same. */
    private IOException read(ByteLines lines) throws InterruptedException {
        try {
            for (byte[] line = lines.next(); line != null && !broken; line = lines.next()) {
                int hash = PkHash.of(line);
                ways.get(Math.floorMod(hash, ways.size())).add(line, lines.number());
            }
            return null;
        } catch (IOException unreadable) {
            return unreadable;
        }
    }

    /** One connection's share. */
    private final class Way implements Runnable {

        private final BlockingQueue<BulkChunk> waiting = new ArrayBlockingQueue<>(1);
        private BulkChunk filling = new BulkChunk();

        void add(byte[] line, long number) throws InterruptedException {
            filling.add(line, number);
            if (filling.isFull()) {
                hand(filling);
                filling = new BulkChunk();
            }
        }

        void finish() throws InterruptedException {
            if (filling.lines() > 0) {
                hand(filling);
            }
            hand(END);
        }

        private void hand(BulkChunk chunk) throws InterruptedException {
            waiting.put(chunk);
        }

        @Override
        public void run() {
            try {
                for (BulkChunk chunk = waiting.take(); chunk != END; chunk = waiting.take()) {
                    if (!broken) {
                        send(chunk);
                    }
                }
            } catch (InterruptedException stopped) {
                broken = true;
            }
        }

        private void send(BulkChunk chunk) throws InterruptedException {
            for (int attempt = 1; ; attempt++) {
                try {
                    tally.add(chunk, sender.send(chunk.open()));
                    return;
                } catch (EblaClientException failure) {
                    if (!failure.retryable() || attempt == ATTEMPTS) {
                        broken = true;
                        tally.lost(chunk, failure);
                        return;
                    }
                    TimeUnit.MILLISECONDS.sleep(FIRST_PAUSE_MILLIS << attempt);
                } catch (RuntimeException unexpected) {
                    // The way goes on emptying its queue, else the reader would wait for ever.
                    broken = true;
                    fault = unexpected;
                    return;
                }
            }
        }
    }
}
