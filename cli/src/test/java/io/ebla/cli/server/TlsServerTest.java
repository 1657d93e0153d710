package io.ebla.cli.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.cluster.MetaApi;
import io.ebla.tabletserver.network.Certificates;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A whole server with a certificate: that it becomes ready shows that its own internal calls carry one.
 */
class TlsServerTest {

    private static final String USERS = "/v1/tables";
    private static final String INTERNAL = MetaApi.ROOT + "/cluster";

    @TempDir private static Path directory;

    private static Path node;
    private static Path stranger;
    private static Path trusted;
    private static RunningServer server;

    @BeforeAll
    static void start() throws Exception {
        node = Certificates.make(directory, "node");
        stranger = Certificates.make(directory, "stranger");
        trusted = Certificates.trusting(directory, node);
        String bundle = "spring.ssl.bundle.jks.nodes.";
        server =
                RunningServer.start(
                        Role.DEV,
                        Map.of(
                                "ebla.data",
                                directory.resolve("data").toString(),
                                "ebla.http-port",
                                "0",
                                "ebla.log-level",
                                "warn",
                                "ebla.ssl.bundle",
                                "nodes",
                                bundle + "keystore.location",
                                node.toUri().toString(),
                                bundle + "keystore.password",
                                Certificates.PASSWORD,
                                bundle + "truststore.location",
                                trusted.toUri().toString(),
                                bundle + "truststore.password",
                                Certificates.PASSWORD),
                        () -> {});
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void usersNeedNoCertificateAndInternalCallsDo() throws Exception {
        assertThat(server.url()).startsWith("https://");
        assertThat(status(null, USERS)).isEqualTo(200);
        assertThat(status(null, INTERNAL)).isEqualTo(403);
        assertThat(status(node, INTERNAL)).isEqualTo(200);
    }

    /** The table's master is elected by calls from the meta-server to the node. */
    @Test
    void aTableIsMadeAndWritten() throws Exception {
        assertThat(put(USERS + "/guarded", "{}")).isEqualTo(201);
        assertThat(put(USERS + "/guarded/rows/a?timeout=30s", "1")).isEqualTo(201);
    }

    /** A client that is told whom the server trusts may keep such a certificate to itself. */
    @Test
    void aCertificateThatNobodyTrustsIsNoBetterThanNone() throws Exception {
        int status;
        try {
            status = status(stranger, INTERNAL);
        } catch (IOException refusedAtOnce) {
            return;
        }
        assertThat(status).isEqualTo(403);
    }

    @Test
    void nothingIsServedInTheClear() {
        assertThatThrownBy(
                        () ->
                                HttpClient.newHttpClient()
                                        .send(
                                                request(server.url().replace("https", "http")),
                                                BodyHandlers.ofString()))
                .isInstanceOf(IOException.class);
    }

    private static int status(Path certificate, String path) throws Exception {
        HttpRequest request = request(server.url() + path);
        return client(certificate).send(request, BodyHandlers.ofString()).statusCode();
    }

    private static int put(String path, String body) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(server.url() + path))
                        .header("Content-Type", "application/json")
                        .PUT(HttpRequest.BodyPublishers.ofString(body))
                        .build();
        return client(null).send(request, BodyHandlers.ofString()).statusCode();
    }

    private static HttpClient client(Path certificate) throws Exception {
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(keys(certificate), trust(), null);
        return HttpClient.newBuilder().sslContext(tls).build();
    }

    private static HttpRequest request(String url) {
        return HttpRequest.newBuilder(URI.create(url))
                .header(MetaApi.SECRET_HEADER, MetaApi.DEVELOPMENT_SECRET)
                .build();
    }

    private static KeyManager[] keys(Path certificate) throws Exception {
        if (certificate == null) {
            return null;
        }
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(load(certificate), Certificates.PASSWORD.toCharArray());
        return keys.getKeyManagers();
    }

    private static javax.net.ssl.TrustManager[] trust() throws Exception {
        TrustManagerFactory trust =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(load(trusted));
        return trust.getTrustManagers();
    }

    private static KeyStore load(Path file) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, Certificates.PASSWORD.toCharArray());
        }
        return store;
    }
}
