package io.ebla.metaserver.nodes;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import reactor.netty.http.client.HttpClient;

/** How a meta-server calls other servers: in the clear, or with TLS on which both show a certificate. */
public final class InternalHttp {

    /** Nothing is encrypted. */
    public static final InternalHttp PLAIN = new InternalHttp(null);

    private final SslContext context;

    private InternalHttp(SslContext context) {
        this.context = context;
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
        return context == null ? client : client.secure(tls -> tls.sslContext(context));
    }

    /** Where a call to that {@code host:port} goes. */
    public String url(String address) {
        return (context == null ? "http://" : "https://") + address;
    }
}
