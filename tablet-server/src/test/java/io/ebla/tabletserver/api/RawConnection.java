package io.ebla.tabletserver.api;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A socket to the server, for requests that no well-behaved client would send. */
public final class RawConnection implements AutoCloseable {

    private static final int PATIENCE_MILLIS = 20_000;

    private final Socket socket;
    private final InputStream in;

    public RawConnection(int port) throws IOException {
        this.socket = new Socket(InetAddress.getLoopbackAddress(), port);
        this.socket.setSoTimeout(PATIENCE_MILLIS);
        this.socket.setTcpNoDelay(true);
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    /** An answer as it came off the wire; header lines as they are. */
    public record RawAnswer(int status, List<String> headers, byte[] body) {

        public String header(String name) {
            for (String line : headers) {
                int colon = line.indexOf(':');
                if (colon > 0 && line.substring(0, colon).equalsIgnoreCase(name)) {
                    return line.substring(colon + 1).trim();
                }
            }
            return null;
        }

        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    public RawConnection send(String latin1) throws IOException {
        return send(latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    public RawConnection send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /** The end of what will be sent. */
    RawConnection finish() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** The next answer, informational ones included. @param head whether it answers a HEAD */
    public RawAnswer read(boolean head) throws IOException {
        String statusLine = line();
        if (!statusLine.startsWith("HTTP/1.")) {
            throw new IOException("no status line: " + statusLine);
        }
        int status = Integer.parseInt(statusLine.substring(9, 12));
        List<String> headers = new ArrayList<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            headers.add(line);
        }
        RawAnswer bare = new RawAnswer(status, headers, new byte[0]);
        if (head || status < 200 || status == 204 || status == 304) {
            return bare;
        }
        return new RawAnswer(status, headers, body(bare));
    }

    private byte[] body(RawAnswer answer) throws IOException {
        if ("chunked".equalsIgnoreCase(answer.header("Transfer-Encoding"))) {
            return chunks();
        }
        String length = answer.header("Content-Length");
        return length == null ? in.readAllBytes() : exactly(Integer.parseInt(length));
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            int length = Integer.parseInt(line().trim(), 16);
            body.write(exactly(length));
            line();
            if (length == 0) {
                return body.toByteArray();
            }
        }
    }

    private byte[] exactly(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("body ended at " + bytes.length + " of " + length);
        }
        return bytes;
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("connection closed after '" + line + "'");
            }
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    /** Whether the server ends the connection without another byte. */
    boolean closedByServer() throws IOException {
        try {
            return in.read() < 0;
        } catch (java.net.SocketException reset) {
            return true;
        }
    }

    /** Whether the answer under way is cut off before its last chunk. */
    boolean endsMidway() throws IOException {
        try {
            read(false);
            return false;
        } catch (EOFException | NumberFormatException | java.net.SocketException cut) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
