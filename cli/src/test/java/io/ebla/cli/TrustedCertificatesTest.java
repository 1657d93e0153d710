package io.ebla.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.ebla.tabletserver.network.Certificates;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands to a server whose certificate nobody knows but who is told of it. */
class TrustedCertificatesTest {

    @TempDir Path directory;

    private HttpsServer server;
    private Path certificate;
    private Terminal terminal;

    @BeforeEach
    void start() throws Exception {
        Path keys = Certificates.make(directory, "server");
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, Certificates.PASSWORD.toCharArray());
        }
        certificate = pem(store, "server.pem");
        KeyManagerFactory key =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        key.init(store, Certificates.PASSWORD.toCharArray());
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(key.getKeyManagers(), null, null);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        byte[] none = "{\"tables\":[]}".getBytes(StandardCharsets.UTF_8);
        server.createContext(
                "/v1/tables",
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", "application/json");
                    exchange.sendResponseHeaders(200, none.length);
                    exchange.getResponseBody().write(none);
                    exchange.close();
                });
        server.start();
        terminal = new Terminal("https://127.0.0.1:" + server.getAddress().getPort());
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private Path pem(KeyStore store, String name) throws Exception {
        byte[] encoded = store.getCertificate(store.aliases().nextElement()).getEncoded();
        return Files.writeString(
                directory.resolve(name),
                "-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded)
                        + "\n-----END CERTIFICATE-----\n");
    }

    @Test
    void aServerIsTrustedThatTheFileNames() {
        String[] list = {"table", "list"};
        assertThat(terminal.run(list)).as("nobody vouches for it").isNotZero();
        assertThat(terminal.run("table", "list", "--cacert", certificate.toString()))
                .as(terminal.err())
                .isZero();
        assertThat(terminal.with("EBLA_CACERT", certificate.toString()).run(list))
                .as(terminal.err())
                .isZero();
    }

    @Test
    void aFileWithoutCertificatesIsToldOf() throws Exception {
        Path empty = Files.writeString(directory.resolve("empty.pem"), "");
        assertThat(terminal.run("table", "list", "--cacert", empty.toString())).isNotZero();
        assertThat(terminal.err()).contains("--cacert").contains("no certificate");
        assertThat(terminal.run("table", "list", "--cacert", directory + "/none")).isNotZero();
        assertThat(terminal.err()).contains("--cacert").contains("cannot be read");
    }
}
