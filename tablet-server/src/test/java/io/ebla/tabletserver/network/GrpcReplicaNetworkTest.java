package io.ebla.tabletserver.network;

import static io.ebla.tabletserver.network.Messages.append;
import static io.ebla.tabletserver.network.Messages.appended;
import static io.ebla.tabletserver.network.Messages.beat;
import static io.ebla.tabletserver.network.Messages.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.port.FreePorts;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaNetwork;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GrpcReplicaNetworkTest {

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    private TestNode node(String id) {
        return opened(TestNode.serving(id));
    }

    private <T extends AutoCloseable> T opened(T one) {
        open.add(one);
        return one;
    }

    @Test
    void everyKindOfMessageArrivesAtTheNodeItIsMeantFor() {
        TestNode one = node("t1");
        TestNode two = node("t2");
        TestNode.introduce(one, two);
        ReplicaNetwork network = one.network.replicas();

        network.send(two.id(), append(5, 100));
        network.send(two.id(), appended(4));
        network.send(two.id(), beat(11));
        network.send(two.id(), new NodeBeat.Reply(12, 6, 500, List.of()));
        until("all arrived", () -> two.heard.messages.size() == 4);

        assertThat(two.heard.messages)
                .hasAtLeastOneElementOfType(ReplicaMessage.Append.class)
                .contains(appended(4), beat(11), new NodeBeat.Reply(12, 6, 500, List.of()));
        assertThat(two.heard.senders).containsOnly(one.id());
        assertThat(one.heard.messages).isEmpty();
        until("counted", () -> one.trafficWith(two).sentMessages() == 4);
        assertThat(two.trafficWith(one).receivedMessages()).isEqualTo(4);
        assertThat(two.trafficWith(one).receivedBytes()).isPositive();
    }

    @Test
    void appendsKeepTheirOrderAndTheirBytes() {
        TestNode one = node("t1");
        TestNode two = node("t2");
        TestNode.introduce(one, two);
        for (int i = 1; i <= 500; i++) {
            one.network.replicas().send(two.id(), append(i, i * 10));
        }
        until("all arrived", () -> two.heard.messages.size() == 500);

        for (int i = 1; i <= 500; i++) {
            ReplicaMessage.Append came = (ReplicaMessage.Append) two.heard.messages.get(i - 1);
            assertThat(came.entries().encoded()).isEqualTo(append(i, i * 10).entries().encoded());
            assertThat(came.entries().entries()).isEqualTo(append(i, i * 10).entries().entries());
        }
    }

    @Test
    void messagesToANodeThatIsNotInTheMapAreDropped() {
        TestNode one = node("t1");
        TestNode two = node("t2");
        TestNode.introduce(one);

        one.network.replicas().send(two.id(), beat(1));
        until("dropped", () -> one.trafficWith(two).droppedMessages() == 1);

        TestNode.introduce(one, two);
        one.network.replicas().send(two.id(), beat(2));
        until("arrived", () -> !two.heard.messages.isEmpty());
        assertThat(two.heard.messages).containsExactly(beat(2));
    }

    @Test
    void aNodeThatEndsIsToldAtOnceAndFoundAgainUnderItsNewAddressAndRun() {
        TestNode one = node("t1");
        TestNode two = node("t2");
        TestNode.introduce(one, two);
        one.network.replicas().send(two.id(), beat(1));
        two.network.replicas().send(one.id(), beat(1));
        until("talking", () -> !two.heard.messages.isEmpty() && !one.heard.messages.isEmpty());

        two.close();
        until("told", () -> one.heard.disconnections.get() > 0);
        until( // the stream to it may end a little after the stream from it
                "dropped",
                () -> {
                    one.network.replicas().send(two.id(), beat(2));
                    return one.trafficWith(two).droppedMessages() > 0;
                });

        TestNode again = opened(TestNode.serving("t2", "run-2", "", 0));
        TestNode.introduce(one, again);
        until(
                "heard again",
                () -> {
                    one.network.replicas().send(again.id(), beat(3));
                    return again.heard.messages.contains(beat(3));
                });
    }

    @Test
    void aNodeThatIsNotThereYetIsTriedAgain() throws IOException {
        TestNode one = node("t1");
        int port = FreePorts.next();
        TestNode two = opened(new TestNode("t2", "run-1", "", port, TestNode.PATIENT));
        one.learn(TestNode.CLUSTER, one.descriptor(), two.descriptor(port));
        one.network.replicas().send(two.id(), beat(1));
        until("refused", () -> one.heard.disconnections.get() > 0);

        two.network.serve(two.served());
        two.learn(TestNode.CLUSTER, one.descriptor(), two.descriptor(port));
        until(
                "heard",
                () -> {
                    one.network.replicas().send(two.id(), beat(2));
                    return two.heard.messages.contains(beat(2));
                });
    }

    @Test
    void aPeerThatAcceptsAndNeverReadsIsBoundedAndDelaysNobody() throws IOException {
        TestNode one = opened(new TestNode("t1", "run-1", "", 0, TestNode.QUICK));
        one.network.serve(one.served());
        TestNode two = node("t2");
        ServerSocket deaf = opened(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        TestNode three = opened(new TestNode("t3", "run-1", "", 0, TestNode.PATIENT));
        one.learn(
                TestNode.CLUSTER,
                one.descriptor(),
                two.descriptor(),
                three.descriptor(deaf.getLocalPort()));
        two.learn(TestNode.CLUSTER, one.descriptor(), two.descriptor());
        until( // an attempt to connect may be given up on a busy machine, and what waited for it
                "the other is reached",
                () -> {
                    one.network.replicas().send(two.id(), appended(1));
                    return !two.heard.messages.isEmpty();
                });

        int sent = 3_000;
        for (int i = 1; i <= sent; i++) {
            one.network.replicas().send(three.id(), append(i, 10_000));
            one.network.replicas().send(two.id(), beat(i));
            int fewUnderWay = i - 500;
            until("the other keeps up", () -> beats(two) > fewUnderWay);
        }
        until("the other hears all", () -> beats(two) == sent);
        until(
                "the deaf one is given up",
                () -> {
                    one.network.replicas().send(three.id(), beat(1));
                    return one.heard.disconnections.get() > 0;
                });
        assertThat(one.trafficWith(three).droppedMessages())
                .isGreaterThanOrEqualTo(sent - TestNode.QUICK.queueMessages());
        assertThat(one.trafficWith(three).sentMessages()).isZero();
    }

    private static long beats(TestNode node) {
        return node.heard.messages.stream().filter(NodeBeat.class::isInstance).count();
    }

    @Test
    void aLoneNodeListensOnlyOnceAnotherIsNamed() throws IOException {
        int port = FreePorts.next();
        TestNode alone = opened(new TestNode("t1", "run-1", "", port, TestNode.PATIENT));
        alone.network.serveOnceNotAlone(alone.served());
        alone.learn(TestNode.CLUSTER, alone.descriptor(port));
        try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(free.isBound()).isTrue();
        }

        TestNode two = node("t2");
        TestNode.introduce(alone, two);
        two.network.replicas().send(alone.id(), beat(1));
        until("heard", () -> alone.heard.messages.contains(beat(1)));
    }
}
