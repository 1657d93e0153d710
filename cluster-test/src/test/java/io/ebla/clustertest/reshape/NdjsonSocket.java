package io.ebla.clustertest.reshape;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/**
 * A streamed range on a connection of its own that takes what is read from it and little more: what a reader
 * does not read stays with the server. One thread.
 */
final class NdjsonSocket implements AutoCloseable {

    private static final int RECEIVE_BYTES = 16 << 10;
    private static final int SILENCE_MAX_MILLIS = 120_000;

    private final Socket socket = new Socket();
    private final InputStream in;
    private final int status;
    private byte[] chunk = {};
    private int at;
    private boolean ended;

    NdjsonSocket(URI server, String path) throws IOException {
        socket.setReceiveBufferSize(RECEIVE_BYTES);
        socket.setSoTimeout(SILENCE_MAX_MILLIS);
        socket.connect(new InetSocketAddress(server.getHost(), server.getPort()));
        String request =
                "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: application/x-ndjson\r\nConnection: close\r\n\r\n"
                        .formatted(path, server.getAuthority());
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        in = new BufferedInputStream(socket.getInputStream(), RECEIVE_BYTES);
        status = Integer.parseInt(head().split(" ")[1]);
        boolean chunked = false;
        for (String header = head(); !header.isEmpty(); header = head()) {
            chunked |= header.equalsIgnoreCase("transfer-encoding: chunked");
        }
        if (!chunked) {
            throw new IOException(
                    "status " + status + ", not chunked: " + new String(in.readAllBytes()));
        }
    }

    int status() {
        return status;
    }

    /** The next line, or null at the proper end of the answer. */
    String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = next(); next != '\n'; next = next()) {
            if (next < 0) {
                return line.isEmpty() ? null : line.toString();
            }
            line.append((char) next); // rows of these tests are ASCII
        }
        return line.toString();
    }

    private int next() throws IOException {
        if (at == chunk.length && !ended) {
            int length = Integer.parseInt(head(), 16);
            chunk = in.readNBytes(length);
            if (chunk.length < length) {
                throw new EOFException("the connection ended within a chunk");
            }
            at = 0;
            head();
            ended = length == 0;
        }
        return ended ? -1 : chunk[at++];
    }

    private String head() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the connection ended before the answer did");
            }
            line.append((char) next);
        }
        return line.toString().strip();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
