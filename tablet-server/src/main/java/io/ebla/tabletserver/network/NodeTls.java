package io.ebla.tabletserver.network;

import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import reactor.netty.http.client.HttpClient;

/**
 * Whether and how the nodes of a cluster encrypt what they say to each other: nothing, or TLS on which both
 * ends show a certificate that the other trusts, over gRPC and over HTTP alike. Any thread.
 */
public final class NodeTls {

    /** Nothing is encrypted. */
    public static final NodeTls NONE = new NodeTls(null, null);

    private final KeyManagerFactory key;
    private final TrustManagerFactory trusted;

    private NodeTls(KeyManagerFactory key, TrustManagerFactory trusted) {
        this.key = key;
        this.trusted = trusted;
    }

    /**
     * @param key this node's own certificate and key
     * @param trusted whose certificates count
     */
    public static NodeTls mutual(KeyManagerFactory key, TrustManagerFactory trusted) {
        return new NodeTls(key, trusted);
    }

    private boolean isOn() {
        return key != null;
    }

    void secure(NettyChannelBuilder channel) {
        if (!isOn()) {
            channel.usePlaintext();
            return;
        }
        channel.sslContext(
                build(
                        GrpcSslContexts.configure(
                                SslContextBuilder.forClient()
                                        .keyManager(key)
                                        .trustManager(trusted))));
    }

    void secure(NettyServerBuilder server) {
        if (isOn()) {
            server.sslContext(
                    build(
                            GrpcSslContexts.configure(
                                    SslContextBuilder.forServer(key)
                                            .trustManager(trusted)
                                            .clientAuth(ClientAuth.REQUIRE))));
        }
    }

    public HttpClient secure(HttpClient client) {
        if (!isOn()) {
            return client;
        }
        SslContext context =
                build(SslContextBuilder.forClient().keyManager(key).trustManager(trusted));
        return client.secure(tls -> tls.sslContext(context));
    }

    /** Where an internal call to that {@code host:port} goes. */
    public String url(String address) {
        return (isOn() ? "https://" : "http://") + address;
    }

    private static SslContext build(SslContextBuilder builder) {
        try {
            return builder.build();
        } catch (IOException unusable) {
            throw new UncheckedIOException("the certificates cannot be used", unusable);
        }
    }
}
