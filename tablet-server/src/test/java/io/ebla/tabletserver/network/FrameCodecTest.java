package io.ebla.tabletserver.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.LogBatch;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.wire.Envelope;
import io.ebla.tabletserver.wire.Frame;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class FrameCodecTest {

    private static final NodeId FROM = NodeId.of("t1");

    @Property(tries = 300)
    void whatIsSentArrives(@ForAll("frames") List<Object> messages) throws Exception {
        List<Object> came = decoded(frame(messages).toByteArray());

        assertThat(came.stream().map(FrameCodecTest::comparable).toList())
                .isEqualTo(messages.stream().map(FrameCodecTest::comparable).toList());
    }

    @Property(tries = 40)
    void everyTruncationIsRefusedAsAWhole(@ForAll("frames") List<Object> messages) {
        byte[] whole = frame(messages).toByteArray();
        for (int length = 1; length < whole.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> decoded(cut))
                    .as("%d of %d bytes", length, whole.length)
                    .isInstanceOfAny(
                            MalformedFrameException.class, InvalidProtocolBufferException.class);
        }
    }

    @Property(tries = 40)
    void aDamagedEntryNeverArrives(@ForAll("appends") ReplicaMessage.Append append) {
        byte[] entries = new byte[append.entries().encoded().remaining()];
        append.entries().encoded().get(entries);
        for (int at = 0; at < entries.length; at++) {
            byte[] damaged = entries.clone();
            damaged[at] ^= 4;
            Envelope envelope = FrameCodec.envelope(append);
            Envelope broken =
                    envelope.toBuilder()
                            .setAppend(
                                    envelope.getAppend().toBuilder()
                                            .setEntries(
                                                    com.google.protobuf.ByteString.copyFrom(
                                                            damaged)))
                            .build();
            Frame frame = Frame.newBuilder().setCount(1).addEnvelopes(broken).build();
            assertThatThrownBy(() -> decoded(frame.toByteArray()))
                    .isInstanceOf(MalformedFrameException.class);
        }
    }

    @Example
    void envelopesOfAnUnknownKindAreLeftOut() throws Exception {
        Frame frame =
                Frame.newBuilder()
                        .setCount(2)
                        .addEnvelopes(Envelope.getDefaultInstance())
                        .addEnvelopes(FrameCodec.envelope(Messages.beat(3)))
                        .build();
        assertThat(decoded(frame.toByteArray())).containsExactly(Messages.beat(3));
    }

    private static Frame frame(List<Object> messages) {
        Frame.Builder frame = Frame.newBuilder().setCount(messages.size());
        for (Object message : messages) {
            frame.addEnvelopes(envelope(message));
        }
        return frame.build();
    }

    private static Envelope envelope(Object message) {
        if (message instanceof NodeBeat beat) {
            return FrameCodec.envelope(beat);
        }
        return message instanceof NodeBeat.Reply reply
                ? FrameCodec.envelope(reply)
                : FrameCodec.envelope((ReplicaMessage) message);
    }

    private static List<Object> decoded(byte[] bytes) throws Exception {
        Heard heard = new Heard();
        FrameCodec.decode(Frame.parseFrom(bytes)).forEach(it -> it.deliver(FROM, heard));
        return heard.messages;
    }

    private static Object comparable(Object message) {
        return message instanceof ReplicaMessage.Append append
                ? List.of(
                        append.tablet(),
                        append.epoch(),
                        append.to(),
                        append.previousEpoch(),
                        append.previousIndex(),
                        append.entries().entries(),
                        append.commitIndex(),
                        append.masterTimeMillis())
                : message;
    }

    @Provide
    Arbitrary<List<Object>> frames() {
        return Arbitraries.<Object>oneOf(
                        appends().map(Object.class::cast),
                        answers().map(Object.class::cast),
                        orders().map(Object.class::cast),
                        beats().map(Object.class::cast),
                        replies().map(Object.class::cast))
                .list()
                .ofMinSize(1)
                .ofMaxSize(6);
    }

    @Provide
    Arbitrary<ReplicaMessage.Append> appends() {
        Arbitrary<List<LogEntry>> entries =
                Arbitraries.integers()
                        .between(1, 4)
                        .map(
                                count -> {
                                    List<LogEntry> made = new ArrayList<>();
                                    for (int i = 1; i <= count; i++) {
                                        made.addAll(Messages.append(i, 17 * i).entries().entries());
                                    }
                                    return made;
                                });
        return Combinators.combine(tablets(), positive(), replicas(), positive(), entries)
                .as(
                        (tablet, epoch, to, index, log) ->
                                new ReplicaMessage.Append(
                                        tablet,
                                        epoch,
                                        to,
                                        epoch,
                                        index,
                                        LogBatch.of(log),
                                        index,
                                        epoch));
    }

    private Arbitrary<ReplicaMessage.Appended> answers() {
        Arbitrary<List<ReplicaMessage.EpochEnd>> ends =
                Combinators.combine(positive(), positive())
                        .as(ReplicaMessage.EpochEnd::new)
                        .list()
                        .ofMaxSize(4);
        return Combinators.combine(
                        tablets(),
                        positive(),
                        replicas(),
                        Arbitraries.of(ReplicaMessage.Result.class),
                        positive(),
                        ends)
                .as(
                        (tablet, epoch, replica, result, index, epochEnds) ->
                                new ReplicaMessage.Appended(
                                        tablet, epoch, replica, result, index, epoch, index, epoch,
                                        epochEnds));
    }

    private Arbitrary<ReplicaMessage> orders() {
        return Combinators.combine(tablets(), positive(), replicas(), Arbitraries.of(true, false))
                .as(
                        (tablet, epoch, to, rebuild) ->
                                rebuild
                                        ? new ReplicaMessage.Rebuild(tablet, epoch, to)
                                        : new ReplicaMessage.Released(tablet, epoch, to, epoch));
    }

    private Arbitrary<NodeBeat> beats() {
        Arbitrary<List<NodeBeat.Held>> held =
                Combinators.combine(tablets(), positive(), positive())
                        .as(NodeBeat.Held::new)
                        .list()
                        .ofMaxSize(5);
        return Combinators.combine(Arbitraries.longs(), positive(), held).as(NodeBeat::new);
    }

    private Arbitrary<NodeBeat.Reply> replies() {
        Arbitrary<List<NodeBeat.Refused>> refused =
                Combinators.combine(tablets(), positive(), positive())
                        .as(NodeBeat.Refused::new)
                        .list()
                        .ofMaxSize(5);
        return Combinators.combine(Arbitraries.longs(), positive(), positive(), refused)
                .as(NodeBeat.Reply::new);
    }

    private static Arbitrary<TabletId> tablets() {
        return Arbitraries.longs().between(1, Long.MAX_VALUE).map(TabletId::new);
    }

    private static Arbitrary<Long> positive() {
        return Arbitraries.longs().between(0, Long.MAX_VALUE);
    }

    private static Arbitrary<ReplicaId> replicas() {
        return Arbitraries.strings()
                .alpha()
                .numeric()
                .ofMinLength(1)
                .ofMaxLength(36)
                .map(ReplicaId::new);
    }
}
