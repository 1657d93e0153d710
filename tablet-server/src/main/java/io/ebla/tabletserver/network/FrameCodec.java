package io.ebla.tabletserver.network;

import com.google.protobuf.UnsafeByteOperations;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.CorruptEntryException;
import io.ebla.core.oplog.LogBatch;
import io.ebla.core.oplog.UnsupportedEntryException;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaNetwork;
import io.ebla.tabletserver.wire.Append;
import io.ebla.tabletserver.wire.Appended;
import io.ebla.tabletserver.wire.Beat;
import io.ebla.tabletserver.wire.BeatReply;
import io.ebla.tabletserver.wire.Envelope;
import io.ebla.tabletserver.wire.EpochEnd;
import io.ebla.tabletserver.wire.Frame;
import io.ebla.tabletserver.wire.Held;
import io.ebla.tabletserver.wire.Rebuild;
import io.ebla.tabletserver.wire.Refused;
import io.ebla.tabletserver.wire.Released;
import java.util.ArrayList;
import java.util.List;

/**
 * The words of replication on the wire and back. The entries of an append go as they stand in the log, in
 * both directions without a copy of their own.
 *
 * <p>A frame is taken whole or not at all: what is malformed, or has lost an envelope, gives nothing.
 * Envelopes of a kind that this version does not know are left out.
 */
final class FrameCodec {

    private FrameCodec() {}

    /** A received message on its way to whoever judges it. */
    @FunctionalInterface
    interface Delivery {
        void deliver(NodeId from, ReplicaNetwork.Receiver receiver);
    }

    static Envelope envelope(ReplicaMessage message) {
        Envelope.Builder envelope = Envelope.newBuilder();
        if (message instanceof ReplicaMessage.Append append) {
            envelope.setAppend(encode(append));
        } else if (message instanceof ReplicaMessage.Appended appended) {
            envelope.setAppended(encode(appended));
        } else if (message instanceof ReplicaMessage.Rebuild rebuild) {
            envelope.setRebuild(
                    Rebuild.newBuilder()
                            .setTablet(rebuild.tablet().value())
                            .setEpoch(rebuild.epoch())
                            .setTo(rebuild.to().value()));
        } else if (message instanceof ReplicaMessage.Released released) {
            envelope.setReleased(
                    Released.newBuilder()
                            .setTablet(released.tablet().value())
                            .setEpoch(released.epoch())
                            .setTo(released.to().value())
                            .setTimeMillis(released.timeMillis()));
        } else {
            throw new IllegalArgumentException("no wire form of " + message.getClass());
        }
        return envelope.build();
    }

    private static Append encode(ReplicaMessage.Append append) {
        Append.Builder encoded =
                Append.newBuilder()
                        .setTablet(append.tablet().value())
                        .setEpoch(append.epoch())
                        .setTo(append.to().value())
                        .setPreviousEpoch(append.previousEpoch())
                        .setPreviousIndex(append.previousIndex())
                        .setCommitIndex(append.commitIndex())
                        .setMasterTimeMillis(append.masterTimeMillis());
        if (!append.entries().isEmpty()) {
            // Nobody writes to the bytes of a batch once they are encoded.
            encoded.setEntryCount(append.entries().entries().size())
                    .setEntries(UnsafeByteOperations.unsafeWrap(append.entries().encoded()));
        }
        return encoded.build();
    }

    private static Appended encode(ReplicaMessage.Appended appended) {
        Appended.Builder encoded =
                Appended.newBuilder()
                        .setTablet(appended.tablet().value())
                        .setEpoch(appended.epoch())
                        .setReplica(appended.replica().value())
                        .setResult(Appended.Result.valueOf(appended.result().name()))
                        .setDurableIndex(appended.durableIndex())
                        .setPromisedEpoch(appended.promisedEpoch())
                        .setCommittedIndex(appended.committedIndex())
                        .setTimeMillis(appended.timeMillis());
        for (ReplicaMessage.EpochEnd end : appended.epochEnds()) {
            encoded.addEpochEnds(
                    EpochEnd.newBuilder().setEpoch(end.epoch()).setLastIndex(end.lastIndex()));
        }
        return encoded.build();
    }

    static Envelope envelope(NodeBeat beat) {
        Beat.Builder encoded =
                Beat.newBuilder().setSentNanos(beat.sentNanos()).setWallMillis(beat.wallMillis());
        for (NodeBeat.Held held : beat.masterships()) {
            encoded.addMasterships(
                    Held.newBuilder()
                            .setTablet(held.tablet().value())
                            .setEpoch(held.epoch())
                            .setTimeMillis(held.timeMillis()));
        }
        return Envelope.newBuilder().setBeat(encoded).build();
    }

    static Envelope envelope(NodeBeat.Reply reply) {
        BeatReply.Builder encoded =
                BeatReply.newBuilder()
                        .setSentNanos(reply.sentNanos())
                        .setWallMillis(reply.wallMillis())
                        .setLeaseMillis(reply.leaseMillis());
        for (NodeBeat.Refused refused : reply.refused()) {
            encoded.addRefused(
                    Refused.newBuilder()
                            .setTablet(refused.tablet().value())
                            .setEpoch(refused.epoch())
                            .setPromisedEpoch(refused.promisedEpoch()));
        }
        return Envelope.newBuilder().setBeatReply(encoded).build();
    }

    /** All messages of a frame, in order. */
    static List<Delivery> decode(Frame frame) throws MalformedFrameException {
        if (frame.getCount() != frame.getEnvelopesCount()) {
            throw new MalformedFrameException(
                    "frame of "
                            + frame.getCount()
                            + " envelopes with "
                            + frame.getEnvelopesCount());
        }
        List<Delivery> deliveries = new ArrayList<>(frame.getEnvelopesCount());
        try {
            for (Envelope envelope : frame.getEnvelopesList()) {
                Delivery delivery = decode(envelope);
                if (delivery != null) {
                    deliveries.add(delivery);
                }
            }
        } catch (IllegalArgumentException
                | CorruptEntryException
                | UnsupportedEntryException malformed) {
            throw new MalformedFrameException(malformed.getMessage(), malformed);
        }
        return deliveries;
    }

    private static Delivery decode(Envelope envelope) throws MalformedFrameException {
        return switch (envelope.getMessageCase()) {
            case APPEND -> delivery(decode(envelope.getAppend()));
            case APPENDED -> delivery(decode(envelope.getAppended()));
            case REBUILD -> delivery(decode(envelope.getRebuild()));
            case RELEASED -> delivery(decode(envelope.getReleased()));
            case BEAT -> {
                NodeBeat beat = decode(envelope.getBeat());
                yield (from, receiver) -> receiver.receive(from, beat);
            }
            case BEAT_REPLY -> {
                NodeBeat.Reply reply = decode(envelope.getBeatReply());
                yield (from, receiver) -> receiver.receive(from, reply);
            }
            case MESSAGE_NOT_SET -> null;
        };
    }

    private static Delivery delivery(ReplicaMessage message) {
        return (from, receiver) -> receiver.receive(from, message);
    }

    private static ReplicaMessage decode(Rebuild rebuild) {
        return new ReplicaMessage.Rebuild(
                new TabletId(rebuild.getTablet()),
                rebuild.getEpoch(),
                new ReplicaId(rebuild.getTo()));
    }

    private static ReplicaMessage decode(Released released) {
        return new ReplicaMessage.Released(
                new TabletId(released.getTablet()),
                released.getEpoch(),
                new ReplicaId(released.getTo()),
                released.getTimeMillis());
    }

    private static ReplicaMessage decode(Append append) throws MalformedFrameException {
        LogBatch entries =
                append.getEntries().isEmpty()
                        ? LogBatch.of(List.of())
                        : LogBatch.decode(OwnedBytes.of(append.getEntries()));
        if (entries.entries().size() != append.getEntryCount()) {
            throw new MalformedFrameException(
                    "append of "
                            + append.getEntryCount()
                            + " entries with "
                            + entries.entries().size());
        }
        return new ReplicaMessage.Append(
                new TabletId(append.getTablet()),
                append.getEpoch(),
                new ReplicaId(append.getTo()),
                append.getPreviousEpoch(),
                append.getPreviousIndex(),
                entries,
                append.getCommitIndex(),
                append.getMasterTimeMillis());
    }

    private static ReplicaMessage decode(Appended appended) throws MalformedFrameException {
        List<ReplicaMessage.EpochEnd> ends = new ArrayList<>(appended.getEpochEndsCount());
        for (EpochEnd end : appended.getEpochEndsList()) {
            ends.add(new ReplicaMessage.EpochEnd(end.getEpoch(), end.getLastIndex()));
        }
        return new ReplicaMessage.Appended(
                new TabletId(appended.getTablet()),
                appended.getEpoch(),
                new ReplicaId(appended.getReplica()),
                result(appended.getResult()),
                appended.getDurableIndex(),
                appended.getPromisedEpoch(),
                appended.getCommittedIndex(),
                appended.getTimeMillis(),
                ends);
    }

    private static ReplicaMessage.Result result(Appended.Result result)
            throws MalformedFrameException {
        return switch (result) {
            case DURABLE -> ReplicaMessage.Result.DURABLE;
            case MISMATCH -> ReplicaMessage.Result.MISMATCH;
            case FENCED -> ReplicaMessage.Result.FENCED;
            case ABSENT -> ReplicaMessage.Result.ABSENT;
            case UNABLE -> ReplicaMessage.Result.UNABLE;
            case RESULT_UNSPECIFIED, UNRECOGNIZED ->
                    throw new MalformedFrameException("an answer without a known result");
        };
    }

    private static NodeBeat decode(Beat beat) {
        List<NodeBeat.Held> held = new ArrayList<>(beat.getMastershipsCount());
        for (Held one : beat.getMastershipsList()) {
            held.add(
                    new NodeBeat.Held(
                            new TabletId(one.getTablet()), one.getEpoch(), one.getTimeMillis()));
        }
        return new NodeBeat(beat.getSentNanos(), beat.getWallMillis(), held);
    }

    private static NodeBeat.Reply decode(BeatReply reply) {
        List<NodeBeat.Refused> refused = new ArrayList<>(reply.getRefusedCount());
        for (Refused one : reply.getRefusedList()) {
            refused.add(
                    new NodeBeat.Refused(
                            new TabletId(one.getTablet()), one.getEpoch(), one.getPromisedEpoch()));
        }
        return new NodeBeat.Reply(
                reply.getSentNanos(), reply.getWallMillis(), reply.getLeaseMillis(), refused);
    }
}
