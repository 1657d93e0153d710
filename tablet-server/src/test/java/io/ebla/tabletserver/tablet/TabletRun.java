package io.ebla.tabletserver.tablet;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.row.Row;
import io.ebla.core.row.RowVersion;
import io.ebla.tabletserver.store.TabletStores;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/**
 * One random life of a tablet from one seed: writes, batches, bulk writes, retries, reads, scans,
 * passing and stepping time, held, refused and failed syncs, crashes that keep some of what was not
 * synced, restarts. One thread; tasks run in random order, as threads would.
 *
 * <p>The log is the truth that every answer is held against: a committed answer must follow its sync
 * and survive every crash; a failed condition, a read and a scan must be true of some prefix of the
 * log between what was durable when they were asked and what was durable when they were answered.
 */
final class TabletRun {

    private static final int KEYS = 12;
    private static final Bytes OTHER = Bytes.utf8("other");
    private static final TabletSettings SETTINGS =
            new TabletSettings(40, 1 << 20, 6, 1 << 20, 2, 50, 400, 20, 10_000, 10);

    /** A committed answer, for ever after. */
    private record Promise(WriteRequest request, WriteResult result) {}

    private final long seed;
    private final Random random;
    private final Runnable crashStores;
    private final TabletStores stores;
    private final VirtualClock clock = new VirtualClock();
    private final HeldOplog oplog = new HeldOplog();
    private final List<Promise> promises = new ArrayList<>();
    private final List<WriteRequest> retries = new ArrayList<>();
    private final Map<RowKey, RowVersion> versions = new HashMap<>();
    private final TreeMap<String, Integer> tally = new TreeMap<>();
    private TabletModel model = new TabletModel();
    private SimulatedTablet sim;
    private long epoch;
    private int life;
    private int open;

    TabletRun(long seed, TabletStores stores, Runnable crashStores) {
        this.seed = seed;
        this.random = new Random(seed);
        this.crashStores = crashStores;
        this.stores = new ColdStores(stores, random, 5, this::readWhileApplying);
        for (String event :
                List.of(
                        "committed",
                        "replayed",
                        "condition_failed",
                        "disk_full",
                        "unknown",
                        "overloaded",
                        "deadline_exceeded",
                        "crash",
                        "read",
                        "scan",
                        "expire",
                        "idempotency_key_reused",
                        "disk_failed")) {
            tally.put(event, 0);
        }
    }

    /** How often each kind of thing was met. */
    Map<String, Integer> tally() {
        return tally;
    }

    void run(int steps) {
        try {
            start();
            for (int step = 0; step < steps; step++) {
                step();
                model.follow(oplog.durableEntries());
            }
            oplog.refuse(null);
            quiesce();
            compareWhole();
        } catch (RuntimeException | AssertionError failed) {
            throw new AssertionError("seed " + seed + ": " + failed.getMessage(), failed);
        }
    }

    private void step() {
        switch (random.nextInt(100) / 5) {
            case 0, 1, 2, 3, 4 -> write(request(1));
            case 5 -> write(request(2 + random.nextInt(3)));
            case 6 -> writeAll();
            case 7, 8 -> writeAgain();
            case 9, 10, 11 -> read();
            case 12 -> scan();
            case 13, 14 -> someTasks();
            case 15, 16 -> sync();
            case 17 -> pass();
            case 18 -> trouble();
            default -> {
                if (random.nextInt(10) == 0) {
                    quiesce();
                } else {
                    settle();
                }
            }
        }
    }

    // ---------------------------------------------------------------- what happens

    private void start() {
        sim = null;
        life++;
        open = 0;
        epoch++;
        sim = new SimulatedTablet(clock, oplog, stores, SETTINGS).open();
        sim.takeOver(epoch);
        sim.settleAndSync();
        model.follow(oplog.durableEntries());
        compareWhole();
    }

    private void someTasks() {
        for (int i = random.nextInt(8); i > 0 && !sim.tasks.isEmpty(); i--) {
            List<Runnable> waiting = new ArrayList<>(sim.tasks);
            Runnable next = waiting.remove(random.nextInt(waiting.size()));
            sim.tasks.clear();
            sim.tasks.addAll(waiting);
            next.run();
        }
    }

    private void sync() {
        if (oplog.queuedAppends() > 0) {
            oplog.syncOne();
        }
    }

    private void settle() {
        sim.settleAndSync();
    }

    /** Everybody is answered in the end. */
    private void quiesce() {
        settle();
        clock.pass(200);
        sim.tablet.pipeline().tick();
        settle();
        require(open == 0, open + " requests were never answered");
        require(sim.tablet.parts().mailbox().operations() == 0, "the mailbox counts what it lost");
        require(sim.tablet.parts().mailbox().bytes() == 0, "the mailbox counts bytes it lost");
        require(sim.tablet.parts().overlay().size() == 0, "the overlay keeps rows");
        require(sim.tablet.parts().waits().admitted() == 0, "reads wait for nothing");
    }

    /** A reader that comes at the worst moment: the log is durable, the store does not know it yet. */
    private void readWhileApplying() {
        if (sim != null && random.nextInt(4) == 0) {
            read();
        }
    }

    private void pass() {
        clock.pass(random.nextInt(40));
        if (random.nextInt(10) == 0) {
            clock.stepWall(random.nextInt(200) - 100);
        }
        if (random.nextInt(30) == 0) {
            clock.pass(1_000);
        }
        sim.tablet.pipeline().tick();
    }

    private void trouble() {
        switch (random.nextInt(10)) {
            case 0, 1 -> oplog.refuse(new EblaException(ErrorCode.DISK_FULL, "no room"));
            case 2, 3, 4 -> oplog.refuse(null);
            case 5 -> oplog.failUnwritten(new EblaException(ErrorCode.DISK_FULL, "no room"));
            case 6 -> flush();
            case 7 -> failDisk();
            default -> crash();
        }
    }

    private void flush() {
        sim.store.flush();
        oplog.release(SimulatedTablet.ID, sim.store.flushed().index());
    }

    private void failDisk() {
        oplog.failSync();
        sim.settle();
        count("disk_failed");
        read();
        sim.settle();
        crash();
        oplog.refuse(null);
    }

    private void crash() {
        count("crash");
        oplog.refuse(null);
        oplog.crashKeeping(random.nextInt(3));
        crashStores.run();
        retries.removeIf(request -> random.nextInt(4) == 0);
        start();
    }

    // ---------------------------------------------------------------- requests

    private RowKey key() {
        return RowKey.of("k", "s" + random.nextInt(KEYS));
    }

    private WriteRequest request(int operations) {
        Map<RowKey, RowOperation> chosen = new TreeMap<>();
        while (chosen.size() < operations) {
            RowKey key = key();
            chosen.put(key, operation(key));
        }
        List<RowOperation> list = new ArrayList<>(chosen.values());
        long deadline = clock.monotonicNanos() + (1 + random.nextInt(100)) * 1_000_000L;
        if (random.nextInt(4) != 0) {
            return new WriteRequest(list, WriteRequest.QUORUM, deadline, "", null, null);
        }
        WriteRequest idempotent =
                new WriteRequest(
                        list,
                        WriteRequest.QUORUM,
                        deadline,
                        "",
                        new io.ebla.core.oplog.IdempotencyId(
                                list.get(0).key().pk(), "", "id" + random.nextInt(1_000_000)),
                        SimulatedTablet.bytes("f" + random.nextInt(1_000_000)));
        retries.add(idempotent);
        return idempotent;
    }

    private RowOperation operation(RowKey key) {
        RowCondition condition = condition(key);
        return switch (random.nextInt(8)) {
            case 0, 1 -> new RowOperation.Delete(key, condition);
            case 2 -> new RowOperation.Check(key, condition);
            default ->
                    new RowOperation.Put(
                            key,
                            SimulatedTablet.bytes(
                                    "v" + random.nextInt(1 << (1 + random.nextInt(30)))),
                            "text/plain",
                            random.nextInt(3) == 0 ? 1 + random.nextInt(120) : 0,
                            condition);
        };
    }

    private RowCondition condition(RowKey key) {
        RowVersion known = versions.get(key);
        return switch (random.nextInt(8)) {
            case 0 -> (asked, row) -> row.isEmpty();
            case 1 -> (asked, row) -> row.isPresent();
            case 2 ->
                    (asked, row) -> row.map(Row::version).filter(v -> v.equals(known)).isPresent();
            default -> RowCondition.ALWAYS;
        };
    }

    private void write(WriteRequest request) {
        Asked asked = new Asked();
        sim.tablet.write(
                request, sim.later, (result, failure) -> asked.answered(request, result, failure));
    }

    private void writeAll() {
        List<WriteRequest> requests = new ArrayList<>();
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            requests.add(request(1));
        }
        List<Asked> asked = requests.stream().map(request -> new Asked()).toList();
        sim.tablet.writeAll(
                requests,
                sim.later,
                (answers, failure) -> {
                    for (int i = 0; i < requests.size(); i++) {
                        WriteAnswer answer = answers.get(i);
                        asked.get(i).answered(requests.get(i), answer.result(), answer.failure());
                    }
                });
    }

    private void writeAgain() {
        if (retries.isEmpty()) {
            return;
        }
        WriteRequest first = retries.get(random.nextInt(retries.size()));
        boolean same = random.nextInt(10) != 0;
        write(
                new WriteRequest(
                        first.operations(),
                        first.copies(),
                        clock.monotonicNanos() + 50_000_000L,
                        first.principal(),
                        first.idempotency(),
                        same ? first.fingerprint() : OTHER));
    }

    private void read() {
        RowKey key = key();
        Asked asked = new Asked();
        sim.tablet.get(
                key,
                ReadLevel.STRONG,
                null,
                clock.monotonicNanos() + 50_000_000L,
                sim.later,
                (result, failure) -> asked.read(key, result, failure));
    }

    private void scan() {
        Asked asked = new Asked();
        sim.tablet.scan(
                KeyRange.ALL,
                false,
                true,
                ReadLevel.STRONG,
                null,
                clock.monotonicNanos() + 50_000_000L,
                sim.later,
                (scan, failure) -> asked.scanned(scan, failure));
    }

    // ---------------------------------------------------------------- what must be true

    /** When something was asked; judges the answer when it comes. */
    private final class Asked {
        private final int askedInLife = life;
        private final long durableThen = oplog.durableIndex();
        private final long millisThen = sim.tablet.nowMillis();

        Asked() {
            open++;
        }

        void answered(WriteRequest request, WriteResult result, EblaException failure) {
            begin();
            if (result != null) {
                committed(request, result);
                return;
            }
            count(failure.code().text());
            require(failure.outcome().isPresent(), "a write failed without an outcome");
            if (failure.outcome().get() == Outcome.UNKNOWN) {
                count("unknown");
            }
            if (failure.code() == ErrorCode.CONDITION_FAILED) {
                int failed = failure.failedOperation().orElseThrow();
                RowOperation operation = request.operations().get(failed);
                require(
                        somewhere(
                                operation.key(),
                                row -> !operation.condition().holds(operation.key(), row)),
                        "the condition on " + operation.key() + " held all the time");
            }
        }

        private void committed(WriteRequest request, WriteResult result) {
            long index = result.position().index();
            require(result.outcome() == Outcome.COMMITTED, "outcome " + result.outcome());
            require(index <= oplog.durableIndex(), "answered before the sync of entry " + index);
            require(
                    model.holds(result.position().epoch(), index),
                    "no entry at " + result.position());
            if (result.replayed()) {
                count("replayed");
                require(
                        index == model.recordIndex(request.idempotency()),
                        "replayed another request's answer");
                require(
                        request.fingerprint().equals(model.fingerprint(request.idempotency())),
                        "replayed an answer to a request that asked something else");
                return;
            }
            count("committed");
            promises.add(new Promise(request, result));
            explain(request, result, model.entry(index));
        }

        /** The entry is what the request means on the state before it. */
        private void explain(WriteRequest request, WriteResult result, LogEntry entry) {
            boolean checksOnly =
                    request.idempotency() == null
                            && request.operations().stream()
                                    .allMatch(RowOperation.Check.class::isInstance);
            for (int i = 0; i < request.operations().size(); i++) {
                RowOperation operation = request.operations().get(i);
                var told = result.operations().get(i);
                if (checksOnly) {
                    require(
                            somewhere(
                                    operation.key(),
                                    row -> operation.condition().holds(operation.key(), row)),
                            "a check never held");
                    continue;
                }
                Optional<Row> before =
                        model.living(operation.key(), entry.index() - 1, entry.timestampMillis());
                require(
                        operation.condition().holds(operation.key(), before),
                        "a condition did not hold on " + before);
                require(told.existed() == before.isPresent(), "existed is false news");
                if (operation instanceof RowOperation.Put put) {
                    Row after = model.at(put.key(), entry.index()).orElseThrow();
                    require(after.version().equals(told.version()), "another version");
                    require(after.value().equals(put.value()), "another value");
                    require(after.createdAt() == told.createdAt(), "another creation");
                    require(after.expiresAt() == told.expiresAt(), "another expiry");
                    require(
                            after.expiresAt()
                                    == (put.ttlMillis() == 0
                                            ? 0
                                            : entry.timestampMillis() + put.ttlMillis()),
                            "another lifetime");
                    versions.put(put.key(), told.version());
                }
            }
        }

        void read(RowKey key, ReadResult result, EblaException failure) {
            begin();
            if (failure != null) {
                count(failure.code().text());
                return;
            }
            count("read");
            require(
                    somewhere(key, row -> row.equals(result.row())),
                    "a read of " + key + " shows " + result.row());
        }

        void scanned(TabletScan scan, EblaException failure) {
            begin();
            if (failure != null) {
                count(failure.code().text());
                return;
            }
            count("scan");
            List<Row> rows = SimulatedTablet.rows(scan);
            long now = sim.tablet.nowMillis();
            boolean found = false;
            for (long index = durableThen; index <= oplog.durableIndex() && !found; index++) {
                found = model.livingRows(index, now).equals(rows);
            }
            require(found, "no prefix of the log is what the scan shows");
        }

        private void begin() {
            require(askedInLife == life, "an answer from a dead process");
            model.follow(oplog.durableEntries());
            open--;
        }

        /** Whether it was true of the row at some prefix and time between question and answer. */
        private boolean somewhere(
                RowKey key, java.util.function.Predicate<Optional<Row>> judgement) {
            long now = sim.tablet.nowMillis();
            for (long index = durableThen; index <= oplog.durableIndex(); index++) {
                if (judgement.test(model.living(key, index, millisThen))
                        || judgement.test(model.living(key, index, now))) {
                    return true;
                }
            }
            return false;
        }
    }

    /** After a restart, and at the end: store and log agree, and no promise is broken. */
    private void compareWhole() {
        model = new TabletModel();
        model.follow(oplog.durableEntries());
        for (Promise promise : promises) {
            Position position = promise.result().position();
            require(
                    model.holds(position.epoch(), position.index()),
                    "a committed write is gone: " + position);
        }
        List<Row> held = new ArrayList<>();
        try (var cursor = sim.store.scan(KeyRange.ALL, false, true)) {
            for (Row row = cursor.next(); row != null; row = cursor.next()) {
                held.add(row);
            }
        }
        require(held.equals(model.heldRows()), "the store is not what the log means");
        require(sim.store.applied().rows() == held.size(), "the row count drifted");
        require(
                sim.store.applied().bytes() == held.stream().mapToLong(Row::sizeBytes).sum(),
                "the size drifted");
        long expired =
                oplog.durableEntries().stream()
                        .filter(entry -> entry.kind().equals(io.ebla.core.oplog.EntryKind.EXPIRE))
                        .count();
        tally.put("expire", (int) expired);
    }

    private void count(String event) {
        tally.merge(event, 1, Integer::sum);
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
