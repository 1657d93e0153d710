package io.ebla.metaserver.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import org.apache.ratis.protocol.RaftPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A group whose members show each other certificates, and who is turned away from its port. */
class GroupTlsTest {

    private static final String PASSWORD = "changeit";

    @TempDir Path directory;

    @Test
    void membersWithCertificatesAreAGroupAndNobodyElseIsHeard() throws Exception {
        Path member = certificate("member");
        Path stranger = certificate("stranger");
        RaftTls tls = tls(member, member);
        try (LocalGroup group = new LocalGroup(directory, tls, "m1", "m2", "m3")) {
            group.startAll();
            group.proposeUntilAccepted(1);
            for (String each : List.of("m1", "m2", "m3")) {
                group.awaitCaughtUp(each);
            }
            RaftPeer peer =
                    RaftPeer.newBuilder().setId("m1").setAddress(group.address("m1")).build();
            assertThat(new PeerCalls(tls).groups(peer)).hasSize(1);
            assertThatThrownBy(() -> new PeerCalls(RaftTls.NONE).groups(peer))
                    .as("in the clear")
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> new PeerCalls(tls(stranger, member)).groups(peer))
                    .as("with a certificate that nobody trusts")
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> new PeerCalls(tls(member, stranger)).groups(peer))
                    .as("by one who does not trust the members")
                    .isInstanceOf(IOException.class);
            group.proposeUntilAccepted(2);
        }
    }

    private static RaftTls tls(Path own, Path trusted) throws Exception {
        KeyManagerFactory key =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        key.init(load(own), PASSWORD.toCharArray());
        KeyStore certificates = KeyStore.getInstance("PKCS12");
        certificates.load(null, null);
        KeyStore theirs = load(trusted);
        String alias = theirs.aliases().nextElement();
        certificates.setCertificateEntry(alias, theirs.getCertificate(alias));
        TrustManagerFactory trust =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(certificates);
        return RaftTls.mutual(key.getKeyManagers()[0], trust.getTrustManagers()[0]);
    }

    private static KeyStore load(Path file) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }

    /** A new key and certificate for loopback, in a PKCS12 file. */
    private Path certificate(String name) throws IOException, InterruptedException {
        Path file = directory.resolve(name + ".p12");
        String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        String made =
                keytool
                        + " -genkeypair -keyalg EC -groupname secp256r1 -validity 2"
                        + " -ext san=ip:127.0.0.1,dns:localhost -storetype PKCS12"
                        + (" -alias " + name + " -dname CN=" + name)
                        + (" -storepass " + PASSWORD + " -keystore " + file);
        Path told = directory.resolve(name + ".log");
        Process process =
                new ProcessBuilder(made.split(" "))
                        .redirectErrorStream(true)
                        .redirectOutput(told.toFile())
                        .start();
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new AssertionError(Files.readString(told));
        }
        return file;
    }
}
