package io.ebla.client;

import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import javax.net.ssl.SSLContext;

/**
 * Where the server is and how long to wait for it.
 *
 * @param url the server's address, {@code http://host:port}, optionally with a path below which the
 *     API stands
 * @param connectTimeout how long a connection may take to open
 * @param timeout how long a request may take on the server; the client waits a little longer, so that
 *     the server's own answer to an expired wait still arrives
 * @param tls whom to trust, and as whom to appear, at an {@code https} address; null for what the JVM does
 */
public record ClientSettings(URI url, Duration connectTimeout, Duration timeout, SSLContext tls) {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    public ClientSettings {
        Objects.requireNonNull(url);
        String scheme = url.getScheme();
        if (url.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
            throw new IllegalArgumentException(
                    "'" + url + "' is no server address (http://host:port)");
        }
        if (connectTimeout.isNegative() || connectTimeout.isZero()) {
            throw new IllegalArgumentException("connect timeout " + connectTimeout);
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout " + timeout);
        }
    }

    /** The usual waits: 5 s to connect, 10 s for an answer. */
    public static ClientSettings of(URI url) {
        return new ClientSettings(url, CONNECT_TIMEOUT, TIMEOUT, null);
    }

    public ClientSettings withTimeout(Duration other) {
        return new ClientSettings(url, connectTimeout, other, tls);
    }

    public ClientSettings withTls(SSLContext other) {
        return new ClientSettings(url, connectTimeout, timeout, other);
    }
}
