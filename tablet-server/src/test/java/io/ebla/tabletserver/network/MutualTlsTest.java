package io.ebla.tabletserver.network;

import static io.ebla.tabletserver.network.Messages.append;
import static io.ebla.tabletserver.network.Messages.beat;
import static io.ebla.tabletserver.network.Messages.until;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The secret alone does not let a node in where certificates are asked for. */
@Timeout(120)
class MutualTlsTest {

    @TempDir private static Path directory;

    private static NodeTls first;
    private static NodeTls second;
    private static NodeTls stranger;

    private final List<TestNode> nodes = new ArrayList<>();

    @BeforeAll
    static void makeCertificates() throws Exception {
        Path one = Certificates.make(directory, "t1");
        Path two = Certificates.make(directory, "t2");
        Path three = Certificates.make(directory, "stranger");
        Path trusted = Certificates.trusting(directory, one, two);
        first = Certificates.tls(one, trusted);
        second = Certificates.tls(two, trusted);
        stranger = Certificates.tls(three, trusted);
    }

    @AfterEach
    void close() {
        nodes.forEach(TestNode::close);
    }

    private TestNode node(String id, NodeTls tls) {
        TestNode node = TestNode.serving(id, tls);
        nodes.add(node);
        return node;
    }

    private static void repelled(TestNode from, TestNode to) {
        until(
                "repelled three times",
                () -> {
                    from.network.replicas().send(to.id(), beat(1));
                    return from.heard.disconnections.get() >= 3;
                });
        assertThat(to.heard.messages).isEmpty();
    }

    @Test
    void nodesWithCertificatesThatAreTrustedReplicate() {
        TestNode one = node("t1", first);
        TestNode two = node("t2", second);
        TestNode.introduce(one, two);
        for (int i = 1; i <= 50; i++) {
            one.network.replicas().send(two.id(), append(i, 1_000));
        }
        two.network.replicas().send(one.id(), beat(7));
        until("there", () -> two.heard.messages.size() == 50);
        until("back", () -> one.heard.messages.contains(beat(7)));
    }

    @Test
    void aNodeWithACertificateThatNobodyTrustsIsRefused() {
        TestNode one = node("t1", first);
        TestNode other = node("t3", stranger);
        TestNode.introduce(one, other);
        repelled(other, one);
        repelled(one, other);
    }

    @Test
    void aNodeWithoutACertificateIsRefused() {
        TestNode one = node("t1", first);
        TestNode plain = node("t3", NodeTls.NONE);
        TestNode.introduce(one, plain);
        repelled(plain, one);
        repelled(one, plain);
    }
}
