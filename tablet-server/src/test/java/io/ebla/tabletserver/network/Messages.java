package io.ebla.tabletserver.network;

import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.LogBatch;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Messages for tests, and a wait for them. */
final class Messages {

    static final TabletId TABLET = new TabletId(7);

    private Messages() {}

    static ReplicaMessage.Append append(long index, int bytes) {
        LogEntry entry =
                new LogEntry(
                        TABLET,
                        3,
                        index,
                        3,
                        index - 1,
                        1_000 + index,
                        EntryKind.WRITE,
                        "",
                        List.of(
                                new Mutation.Put(
                                        RowKey.of("row-" + index),
                                        Bytes.wrap(new byte[bytes]),
                                        "application/octet-stream",
                                        1,
                                        0,
                                        Mutation.Replaced.NOTHING)));
        return new ReplicaMessage.Append(
                TABLET,
                3,
                new ReplicaId("replica-1"),
                3,
                index - 1,
                LogBatch.of(List.of(entry)),
                index - 1,
                1_000);
    }

    static ReplicaMessage.Appended appended(long index) {
        return new ReplicaMessage.Appended(
                TABLET,
                3,
                new ReplicaId("replica-1"),
                ReplicaMessage.Result.DURABLE,
                index,
                3,
                index,
                1_000,
                List.of());
    }

    static NodeBeat beat(long nanos) {
        return new NodeBeat(nanos, 7, List.of(new NodeBeat.Held(TABLET, 3, 1_000)));
    }

    /** What an append says, for comparing: batches have no equality of their own. */
    static long index(Object message) {
        return ((ReplicaMessage.Append) message).entries().entries().get(0).index();
    }

    static void until(String what, BooleanSupplier holds) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within 30 s: " + what);
            }
            LockSupport.parkNanos(1_000_000);
        }
    }
}
