package io.ebla.tabletserver.network;

import static io.ebla.tabletserver.network.Messages.beat;
import static io.ebla.tabletserver.network.Messages.until;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.ebla.core.cluster.NodeDescriptor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Who is let in, and whom a node believes that it is the one it meant. */
@Timeout(60)
class PeerIdentityTest {

    private final List<TestNode> nodes = new ArrayList<>();
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger gate = (Logger) LoggerFactory.getLogger(Gatekeeper.class);

    @BeforeEach
    void listen() {
        log.start();
        gate.addAppender(log);
    }

    @AfterEach
    void close() {
        gate.detachAppender(log);
        nodes.forEach(TestNode::close);
    }

    private TestNode node(String id, String incarnation, String secret) {
        TestNode node = TestNode.serving(id, incarnation, secret, 0);
        nodes.add(node);
        return node;
    }

    private void refused(TestNode from, TestNode to, String reason) {
        until(
                "refused five times",
                () -> {
                    from.network.replicas().send(to.id(), beat(1));
                    return from.heard.disconnections.get() >= 5;
                });
        assertThat(to.heard.messages).isEmpty();
        assertThat(log.list)
                .as("told once, not at every attempt")
                .hasSize(1)
                .allSatisfy(
                        event ->
                                assertThat(event.getFormattedMessage())
                                        .contains("event=peer_refused")
                                        .contains(from.id().value())
                                        .contains(reason)
                                        .doesNotContain("secret-"));
    }

    @Test
    void aWrongSecretIsRefused() {
        TestNode one = node("t1", "run-1", "secret-a");
        TestNode two = node("t2", "run-1", "secret-b");
        TestNode.introduce(one, two);
        refused(one, two, "UNAUTHENTICATED");
    }

    @Test
    void noSecretIsTheOneOfDevelopmentAndNoOther() {
        TestNode one = node("t1", "run-1", "");
        TestNode two = node("t2", "run-1", "secret-b");
        TestNode.introduce(one, two);
        refused(one, two, "UNAUTHENTICATED");
    }

    @Test
    void anotherClusterIsRefused() {
        TestNode one = node("t1", "run-1", "");
        TestNode two = node("t2", "run-1", "");
        one.learn("c-other", one.descriptor(), two.descriptor());
        two.learn(TestNode.CLUSTER, one.descriptor(), two.descriptor());
        refused(one, two, "PERMISSION_DENIED");
    }

    @Test
    void anotherRunThanTheMapNamesIsRefusedUntilTheMapNamesIt() {
        TestNode old = node("t1", "run-1", "");
        TestNode two = node("t2", "run-1", "");
        TestNode later = node("t1", "run-2", "");
        old.learn(TestNode.CLUSTER, old.descriptor(), two.descriptor());
        later.learn(TestNode.CLUSTER, later.descriptor(), two.descriptor());
        two.learn(TestNode.CLUSTER, later.descriptor(), two.descriptor());
        refused(old, two, "PERMISSION_DENIED");

        until(
                "the named run is heard",
                () -> {
                    later.network.replicas().send(two.id(), beat(2));
                    return two.heard.messages.contains(beat(2));
                });
    }

    @Test
    void aRunThatTheMapStopsNamingIsSilenced() {
        TestNode old = node("t1", "run-1", "");
        TestNode two = node("t2", "run-1", "");
        TestNode later = node("t1", "run-2", "");
        TestNode.introduce(old, two);
        old.network.replicas().send(two.id(), beat(1));
        until("heard", () -> two.heard.messages.contains(beat(1)));

        two.learn(TestNode.CLUSTER, later.descriptor(), two.descriptor());
        until("cut off", () -> old.heard.disconnections.get() > 0);
        until(
                "refused",
                () -> {
                    old.network.replicas().send(two.id(), beat(2));
                    return old.heard.disconnections.get() > 2;
                });
        assertThat(two.heard.messages).doesNotContain(beat(2));
    }

    @Test
    void anotherStoreUnderTheSameNameIsRefused() {
        TestNode one = node("t1", "run-1", "");
        TestNode two = node("t2", "run-1", "");
        NodeDescriptor known = one.descriptor();
        NodeDescriptor wiped =
                new NodeDescriptor(
                        known.id(),
                        io.ebla.core.cluster.StoreId.of("store-before"),
                        known.incarnation(),
                        known.address(),
                        known.grpcAddress(),
                        "");
        one.learn(TestNode.CLUSTER, one.descriptor(), two.descriptor());
        two.learn(TestNode.CLUSTER, wiped, two.descriptor());
        refused(one, two, "PERMISSION_DENIED");
    }

    @Test
    void aNodeThatIsMeantForAnotherIsRefusedWhereItArrives() {
        TestNode one = node("t1", "run-1", "");
        TestNode two = node("t2", "run-1", "");
        TestNode three = node("t3", "run-1", "");
        NodeDescriptor astray = three.descriptor(two.network.port());
        one.learn(TestNode.CLUSTER, one.descriptor(), two.descriptor(), astray);
        two.learn(TestNode.CLUSTER, one.descriptor(), two.descriptor(), three.descriptor());
        until(
                "refused",
                () -> {
                    one.network.replicas().send(three.id(), beat(1));
                    return one.heard.disconnections.get() > 0;
                });
        assertThat(two.heard.messages).isEmpty();
        assertThat(log.list.get(0).getFormattedMessage()).contains("this is t2, not t3");
    }

    @Test
    void aNodeThatAnswersAsAnotherRunIsNotBelieved() {
        TestNode one = node("t1", "run-1", "");
        TestNode two = node("t2", "run-2", "");
        TestNode before = new TestNode("t2", "run-1", "", 0, TestNode.QUICK);
        nodes.add(before);
        one.learn(TestNode.CLUSTER, one.descriptor(), before.descriptor(two.network.port()));
        two.learn(TestNode.CLUSTER, one.descriptor(), two.descriptor());
        until(
                "not believed",
                () -> {
                    one.network.replicas().send(two.id(), beat(1));
                    return one.heard.disconnections.get() > 1;
                });
        assertThat(two.heard.messages).isEmpty();
        assertThat(one.trafficWith(two).sentMessages()).isZero();
    }
}
