package io.ebla.core.port;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for servers that are yet to be started. They lie below those which the kernel gives to connections
 * (32768 and up by default), so that no connection takes one between now and a start or a restart; none is
 * given twice by one JVM, nor by another one of those in which the build runs a module's tests: {@code
 * -Dtests.jvm} says which of {@code -Dtests.jvms} this is, and each has ports of its own. Thread-safe.
 */
public final class FreePorts {

    private static final int JVMS = Integer.getInteger("tests.jvms", 1);
    private static final int JVM = Integer.getInteger("tests.jvm", 1);
    private static final int SHARE = 20_000 / JVMS;
    private static final int FIRST = 12_000 + SHARE * (JVM - 1);
    private static final int END = FIRST + SHARE;

    private static int last = ThreadLocalRandom.current().nextInt(FIRST, END);

    private FreePorts() {}

    /** One that nobody listens at now. */
    public static synchronized int next() {
        for (int tries = FIRST; tries < END; tries++) {
            last = last + 1 < END ? last + 1 : FIRST;
            try (ServerSocket socket = new ServerSocket(last)) {
                return socket.getLocalPort();
            } catch (IOException taken) {
                // The next one then.
            }
        }
        throw new UncheckedIOException(new IOException("no port is free"));
    }
}
