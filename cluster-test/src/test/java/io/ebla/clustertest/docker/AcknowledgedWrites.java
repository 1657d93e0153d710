package io.ebla.clustertest.docker;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Clients that write rows of their own, one after the other, at whichever server answers, and remember what
 * was answered as committed. A write that was not is left behind; nothing is written twice.
 */
public final class AcknowledgedWrites implements AutoCloseable {

    private static final int CLIENTS = 3;

    private final Map<String, String> committed = new ConcurrentHashMap<>();
    private final List<Api> servers;
    private final List<Thread> threads;
    private final String table;
    private volatile boolean ended;

    public AcknowledgedWrites(List<Api> servers, String table) {
        this.servers = servers;
        this.table = table;
        threads =
                java.util.stream.IntStream.range(0, CLIENTS)
                        .mapToObj(client -> new Thread(() -> write(client)))
                        .toList();
        threads.forEach(Thread::start);
    }

    private void write(int client) {
        int server = client;
        for (int i = 0; !ended; i++) {
            String pk = (char) ('a' + i % 26) + "-" + client + "-" + i;
            String value = "{\"n\":" + i + "}";
            Answer answer =
                    servers.get(server % servers.size())
                            .put(Api.row(table, pk, null) + "?timeout=2s", value);
            if (answer.committed() && answer.ok()) {
                committed.put(pk, value);
            } else {
                server++;
            }
        }
    }

    public int count() {
        return committed.size();
    }

    /** All that was answered as committed; stops writing. */
    public Map<String, String> end() {
        close();
        return committed;
    }

    @Override
    public void close() {
        ended = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
        }
    }
}
