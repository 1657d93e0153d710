package io.ebla.clustertest.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A closed loop of HTTP/1.1 connections on one thread: each sends a request, waits for the whole answer,
 * checks it and sends the next. It is plain NIO because it shares the machine with what it measures.
 *
 * <p>Connections are kept through one stretch of load and not between two, for servers end those that
 * rest.
 */
final class LoadLoop implements AutoCloseable {

    private final Selector selector = Selector.open();
    private final int port;
    private final int connectionCount;
    private final Supplier<byte[]> requests;
    private final Predicate<String> check;
    private final boolean linesAreUnits;

    /**
     * @param requests whole requests, head and body; null when there are no more
     * @param check whether the beginning of an answer's body is right; its status is always checked
     * @param linesAreUnits whether the lines of the answers are counted rather than the answers
     */
    LoadLoop(
            int port,
            int connectionCount,
            Supplier<byte[]> requests,
            Predicate<String> check,
            boolean linesAreUnits)
            throws IOException {
        this.port = port;
        this.connectionCount = connectionCount;
        this.requests = requests;
        this.check = check;
        this.linesAreUnits = linesAreUnits;
    }

    private List<LoadConnection> connect(Latencies latencies) throws IOException {
        List<LoadConnection> connections = new ArrayList<>();
        for (int i = 0; i < connectionCount; i++) {
            SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            LoadConnection connection =
                    new LoadConnection(channel, requests, check, linesAreUnits, latencies);
            connections.add(connection);
            channel.register(selector, SelectionKey.OP_READ, connection);
        }
        return connections;
    }

    /**
     * What one stretch of load came to.
     *
     * @param units answers, or lines of answers
     * @param error the first thing that was wrong, or null
     * @param latencies of all answers, right ones and others
     */
    record Round(long units, double seconds, String error, Latencies latencies) {

        /** Two stretches as one. */
        Round and(Round next) {
            latencies.addAll(next.latencies);
            return new Round(
                    units + next.units,
                    seconds + next.seconds,
                    error == null ? next.error : error,
                    latencies);
        }
    }

    /** Runs for a while, or until there are no more requests; every request begun is also ended. */
    Round run(int seconds) throws IOException {
        Latencies latencies = new Latencies();
        List<LoadConnection> connections = connect(latencies);
        try {
            return run(connections, seconds, latencies);
        } finally {
            for (LoadConnection connection : connections) {
                connection.close();
            }
            selector.selectNow();
        }
    }

    private Round run(List<LoadConnection> connections, int seconds, Latencies latencies)
            throws IOException {
        long begin = System.nanoTime();
        long end = begin + TimeUnit.SECONDS.toNanos(seconds);
        connections.forEach(LoadConnection::begin);
        int open = connections.size();
        while (open > 0) {
            boolean more = System.nanoTime() < end;
            selector.select(1_000);
            for (SelectionKey key : selector.selectedKeys()) {
                ((LoadConnection) key.attachment()).ready(key, more);
            }
            selector.selectedKeys().clear();
            open = 0;
            for (LoadConnection connection : connections) {
                open += connection.busy() ? 1 : 0;
            }
            if (System.nanoTime() > end + TimeUnit.SECONDS.toNanos(60)) {
                return new Round(units(connections), seconds, "an answer never came", latencies);
            }
        }
        double took = (System.nanoTime() - begin) / 1e9;
        String error = null;
        for (LoadConnection connection : connections) {
            error = error == null ? connection.error() : error;
        }
        return new Round(units(connections), took, error, latencies);
    }

    private static long units(List<LoadConnection> connections) {
        return connections.stream().mapToLong(LoadConnection::units).sum();
    }

    @Override
    public void close() throws IOException {
        selector.close();
    }
}
