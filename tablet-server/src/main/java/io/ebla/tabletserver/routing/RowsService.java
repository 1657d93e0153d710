package io.ebla.tabletserver.routing;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.tablet.Position;
import io.ebla.tabletserver.tablet.ReadLevel;
import io.ebla.tabletserver.tablet.Tablet;
import io.ebla.tabletserver.tablet.TabletDirectory;
import io.ebla.tabletserver.tablet.WriteAnswer;
import io.ebla.tabletserver.tablet.WriteRequest;
import io.ebla.tabletserver.wire.RowsFailure;
import io.ebla.tabletserver.wire.RowsGet;
import io.ebla.tabletserver.wire.RowsGetAll;
import io.ebla.tabletserver.wire.RowsGot;
import io.ebla.tabletserver.wire.RowsGotAll;
import io.ebla.tabletserver.wire.RowsGrpc;
import io.ebla.tabletserver.wire.RowsScan;
import io.ebla.tabletserver.wire.RowsScanned;
import io.ebla.tabletserver.wire.RowsStatus;
import io.ebla.tabletserver.wire.RowsStatusAsked;
import io.ebla.tabletserver.wire.RowsWrite;
import io.ebla.tabletserver.wire.RowsWriteAll;
import io.ebla.tabletserver.wire.RowsWritten;
import io.ebla.tabletserver.wire.RowsWrittenAll;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;

/**
 * Answers other nodes' requests for rows of the tablets that are here, and only those: what would have to be
 * handed on is answered {@code no_master}, with the map this node knows, for there is one hop at most.
 *
 * <p>Handlers run on event loops and never wait. A failure of the operation is part of the reply; a call
 * fails only where nothing can be said.
 */
final class RowsService extends RowsGrpc.RowsImplBase {

    private static final Logger LOG = LoggerFactory.getLogger(RowsService.class);
    private static final long RETRY_AFTER_MILLIS = 100;

    private final TabletDirectory directory;
    private final TabletStatuses statuses;
    private final Executor readExecutor;
    private final Executor replyOn;
    private final Scheduler scheduler;
    private final Clock clock;

    /**
     * @param readExecutor for what may touch a disk
     * @param scheduler where answers are formed, off the tablets' own threads
     */
    RowsService(
            TabletDirectory directory,
            TabletStatuses statuses,
            Executor readExecutor,
            Scheduler scheduler,
            Clock clock) {
        this.directory = directory;
        this.statuses = statuses;
        this.readExecutor = readExecutor;
        this.scheduler = scheduler;
        this.replyOn = scheduler::schedule;
        this.clock = clock;
    }

    @Override
    public void write(RowsWrite wire, StreamObserver<RowsWritten> answer) {
        try {
            WriteRequest request = RowsCodec.request(wire, clock.monotonicNanos());
            Tablet here = here(wire.getTablet(), ReadLevel.STRONG);
            if (here == null) {
                RowsFailure nobody = notHere(wire.getTablet(), Outcome.NOT_APPLIED);
                send(answer, RowsWritten.newBuilder().setFailure(nobody).build());
                return;
            }
            here.write(
                    request,
                    replyOn,
                    (result, failure) -> send(answer, RowsCodec.written(result, failure)));
        } catch (RuntimeException refused) {
            send(answer, RowsCodec.written(null, failure(refused, Outcome.NOT_APPLIED)));
        }
    }

    @Override
    public void writeAll(RowsWriteAll wire, StreamObserver<RowsWrittenAll> answer) {
        try {
            List<WriteRequest> requests = new ArrayList<>(wire.getWritesCount());
            long now = clock.monotonicNanos();
            for (RowsWrite write : wire.getWritesList()) {
                requests.add(RowsCodec.request(write, now));
            }
            long tablet = wire.getWrites(0).getTablet();
            Tablet here = here(tablet, ReadLevel.STRONG);
            if (here == null) {
                send(answer, all(requests.size(), notHere(tablet, Outcome.NOT_APPLIED)));
                return;
            }
            here.writeAll(requests, replyOn, (answers, never) -> send(answer, all(answers)));
        } catch (RuntimeException refused) {
            RowsFailure failure = RowsCodec.wire(failure(refused, Outcome.NOT_APPLIED));
            send(answer, all(wire.getWritesCount(), failure));
        }
    }

    private static RowsWrittenAll all(int writes, RowsFailure failure) {
        RowsWrittenAll.Builder all = RowsWrittenAll.newBuilder();
        for (int i = 0; i < writes; i++) {
            all.addAnswers(RowsWritten.newBuilder().setFailure(failure));
        }
        return all.build();
    }

    private static RowsWrittenAll all(List<WriteAnswer> answers) {
        RowsWrittenAll.Builder all = RowsWrittenAll.newBuilder();
        answers.forEach(one -> all.addAnswers(RowsCodec.written(one.result(), one.failure())));
        return all.build();
    }

    @Override
    public void get(RowsGet wire, StreamObserver<RowsGot> answer) {
        get(wire, got -> send(answer, got));
    }

    @Override
    public void getAll(RowsGetAll wire, StreamObserver<RowsGotAll> answer) {
        new AllReads(wire.getReadsList(), wire.getBytesMax(), this::get, all -> send(answer, all))
                .start();
    }

    private void get(RowsGet wire, Consumer<RowsGot> then) {
        try {
            ReadLevel level = RowsCodec.level(wire.getLevel());
            Tablet here = here(wire.getTablet(), level);
            if (here == null) {
                then.accept(got(notHere(wire.getTablet(), null)));
                return;
            }
            here.get(
                    RowKey.decode(RowsCodec.bytes(wire.getKey())),
                    level,
                    wire.hasAtLeast() ? RowsCodec.position(wire.getAtLeast()) : null,
                    deadlineNanos(wire.getRemainingMillis()),
                    replyOn,
                    (result, failure) ->
                            then.accept(
                                    failure != null
                                            ? got(RowsCodec.wire(failure))
                                            : RowsGot.newBuilder()
                                                    .setResult(RowsCodec.wire(result))
                                                    .build()));
        } catch (RuntimeException refused) {
            then.accept(got(RowsCodec.wire(failure(refused, null))));
        }
    }

    private static RowsGot got(RowsFailure failure) {
        return RowsGot.newBuilder().setFailure(failure).build();
    }

    @Override
    public void scan(RowsScan wire, StreamObserver<RowsScanned> answer) {
        ScanSending sending =
                new ScanSending(
                        (ServerCallStreamObserver<RowsScanned>) answer, readExecutor, scheduler);
        try {
            ReadLevel level = RowsCodec.level(wire.getLevel());
            Position atLeast = wire.hasAtLeast() ? RowsCodec.position(wire.getAtLeast()) : null;
            Tablet here = here(wire.getTablet(), level);
            if (here == null) {
                sending.failed(notHere(wire.getTablet(), null));
                return;
            }
            here.scan(
                    new KeyRange(RowsCodec.bytes(wire.getFrom()), RowsCodec.bytes(wire.getTo())),
                    wire.getDescending(),
                    wire.getWithValues(),
                    level,
                    atLeast,
                    deadlineNanos(wire.getRemainingMillis()),
                    replyOn,
                    sending::opened);
        } catch (RuntimeException refused) {
            sending.failed(RowsCodec.wire(failure(refused, null)));
        }
    }

    @Override
    public void status(RowsStatusAsked wire, StreamObserver<RowsStatus> answer) {
        send(answer, statuses.answer(wire));
    }

    private Tablet here(long tablet, ReadLevel level) {
        return directory.here(new TabletId(tablet), level);
    }

    private long deadlineNanos(long remainingMillis) {
        return clock.monotonicNanos() + remainingMillis * 1_000_000;
    }

    /** @param outcome of a write, else null */
    private RowsFailure notHere(long tablet, Outcome outcome) {
        TabletId id = new TabletId(tablet);
        EblaException refusal = directory.refusal(id);
        EblaException failure =
                refusal != null
                        ? refusal
                        : new EblaException(
                                        ErrorCode.NO_MASTER, "tablet " + id + " is not served here")
                                .withRetryAfterMillis(RETRY_AFTER_MILLIS);
        ClusterMap map = directory.map();
        return RowsCodec.wire(outcome == null ? failure : failure.withOutcome(outcome)).toBuilder()
                .setMapGeneration(map.generation())
                .setMapVersion(map.version())
                .build();
    }

    /** Nothing has been done yet when a request is refused by a throw. */
    private static EblaException failure(RuntimeException refused, Outcome outcome) {
        EblaException failure;
        if (refused instanceof EblaException expected) {
            failure = expected;
        } else {
            LOG.error("event=rows_request_failed", refused);
            failure = new EblaException(ErrorCode.INTERNAL, "the request could not be taken");
        }
        return outcome == null || failure.outcome().isPresent()
                ? failure
                : failure.withOutcome(outcome);
    }

    private static <A> void send(StreamObserver<A> to, A answer) {
        try {
            to.onNext(answer);
            to.onCompleted();
        } catch (RuntimeException gone) { // the caller has given up, or its connection is lost
            LOG.debug("event=answer_not_sent", gone);
        }
    }
}
