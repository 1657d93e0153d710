package io.ebla.metaserver.nodes;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.LoopResources;

/**
 * How a meta-server calls other servers: in the clear, or with TLS on which both show a certificate; on event
 * loops of its own, so that a fence does not wait behind what else the process serves.
 */
public final class InternalHttp implements AutoCloseable {

    private static final int LOOPS = 2;
    private static final Duration END = Duration.ofSeconds(1);

    private final LoopResources loops = LoopResources.create("ebla-internal", LOOPS, true);
    private final SslContext context;

    private InternalHttp(SslContext context) {
        this.context = context;
    }

    /** Nothing is encrypted. */
    public static InternalHttp plain() {
        return new InternalHttp(null);
    }

    /**
     * @param key this server's own certificate and key
     * @param trusted whose certificates count
     */
    public static InternalHttp mutual(KeyManagerFactory key, TrustManagerFactory trusted) {
        try {
            return new InternalHttp(
                    SslContextBuilder.forClient().keyManager(key).trustManager(trusted).build());
        } catch (IOException unusable) {
            throw new UncheckedIOException("the certificates cannot be used", unusable);
        }
    }

    public HttpClient secure(HttpClient client) {
        HttpClient apart = client.runOn(loops);
        return context == null ? apart : apart.secure(tls -> tls.sslContext(context));
    }

    /** Where a call to that {@code host:port} goes. */
    public String url(String address) {
        return (context == null ? "http://" : "https://") + address;
    }

    @Override
    public void close() {
        loops.disposeLater(Duration.ZERO, END).onErrorComplete().subscribe();
    }
}
