package io.ebla.tabletserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import java.util.Arrays;
import java.util.function.BiConsumer;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.publisher.BaseSubscriber;

/**
 * Takes the whole body of a request into one array, and never more of it than the limit.
 *
 * <p>Runs on the request's event loop; calls its listener exactly once, with the body or with what
 * went wrong.
 */
final class RequestBody extends BaseSubscriber<DataBuffer> {

    private final int limitBytes;
    private final BiConsumer<Bytes, Throwable> listener;
    private byte[] body;
    private int length;
    private boolean done;

    private RequestBody(int expectedBytes, int limitBytes, BiConsumer<Bytes, Throwable> listener) {
        this.body = new byte[expectedBytes];
        this.limitBytes = limitBytes;
        this.listener = listener;
    }

    /** @param listener one of its arguments is null */
    static void read(ApiRequest request, int limitBytes, BiConsumer<Bytes, Throwable> listener) {
        long announced = request.contentLength();
        if (announced > limitBytes) {
            listener.accept(null, tooLarge(limitBytes));
            return;
        }
        int expected = announced >= 0 ? (int) announced : 1024;
        request.http().getBody().subscribe(new RequestBody(expected, limitBytes, listener));
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
            int grown = Math.max(length + more, Math.min(2 * body.length, limitBytes));
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
            listener.accept(whole, failure);
        }
    }
}
