package io.ebla.tabletserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import java.util.Arrays;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.publisher.BaseSubscriber;

/**
 * Takes the whole body of a request into one array, which grows with what arrives: an announcement alone
 * takes no memory, and there is never more than the limit, nor a longer wait than the request allows.
 *
 * <p>Runs on the request's event loop; calls its listener exactly once, with the body or with what
 * went wrong.
 */
final class RequestBody extends BaseSubscriber<DataBuffer> {

    /** What is set aside on the strength of an announcement. */
    private static final int FIRST_BYTES_MAX = 16 << 10;

    private static final long RETRY_AFTER_MILLIS = 100;

    private final ApiRequest request;
    private final int mostBytes;
    private final int limitBytes;
    private final BiConsumer<Bytes, Throwable> listener;
    private byte[] body;
    private int length;
    private boolean done;
    private Future<?> patience;

    /** @param announcedBytes -1 when the body is chunked or absent */
    private RequestBody(
            ApiRequest request,
            int announcedBytes,
            int limitBytes,
            BiConsumer<Bytes, Throwable> listener) {
        this.request = request;
        this.mostBytes = announcedBytes < 0 ? limitBytes : announcedBytes;
        this.body = new byte[announcedBytes < 0 ? 1024 : Math.min(announcedBytes, FIRST_BYTES_MAX)];
        this.limitBytes = limitBytes;
        this.listener = listener;
    }

    /**
     * @param timeoutMillis how long the whole body may take to arrive
     * @param listener one of its arguments is null
     */
    static void read(
            ApiRequest request,
            int limitBytes,
            long timeoutMillis,
            BiConsumer<Bytes, Throwable> listener) {
        long announced = request.contentLength();
        if (announced > limitBytes) {
            listener.accept(null, tooLarge(limitBytes));
            return;
        }
        RequestBody body = new RequestBody(request, (int) announced, limitBytes, listener);
        request.http().getBody().subscribe(body);
        if (!body.done) {
            body.patience = EventLoops.later(request.eventLoop(), timeoutMillis, body::late);
        }
    }

    private void late() {
        if (!done) {
            cancel();
            request.closeConnectionAfterwards();
            finish(
                    null,
                    new EblaException(
                                    ErrorCode.DEADLINE_EXCEEDED,
                                    "the body did not arrive whole before the deadline")
                            .withRetryAfterMillis(RETRY_AFTER_MILLIS));
        }
    }

    static EblaException tooLarge(int limitBytes) {
        return new EblaException(
                ErrorCode.TOO_LARGE, "the body has more than " + limitBytes + " bytes");
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    protected void hookOnNext(DataBuffer buffer) {
        int more = buffer.readableByteCount();
        if (!done && length + more <= limitBytes) {
            reserve(more);
            buffer.read(body, length, more);
            length += more;
            DataBufferUtils.release(buffer);
            return;
        }
        DataBufferUtils.release(buffer);
        if (!done) {
            cancel();
            finish(null, tooLarge(limitBytes));
        }
    }

    private void reserve(int more) {
        if (length + more > body.length) {
            int grown = Math.max(length + more, Math.min(2 * body.length, mostBytes));
            body = Arrays.copyOf(body, grown);
        }
    }

    @Override
    protected void hookOnComplete() {
        finish(Bytes.wrap(body, 0, length), null);
    }

    /** The body broke off: the connection is gone, or what came was no HTTP. */
    @Override
    protected void hookOnError(Throwable failure) {
        finish(null, Problems.invalid("the body broke off: " + failure.getMessage()));
    }

    private void finish(Bytes whole, Throwable failure) {
        if (!done) {
            done = true;
            body = null;
            if (patience != null) {
                patience.cancel(false);
            }
            listener.accept(whole, failure);
        }
    }
}
