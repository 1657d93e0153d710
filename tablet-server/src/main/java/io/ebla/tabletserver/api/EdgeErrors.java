package io.ebla.tabletserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.Bytes;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;

/**
 * The outermost part of a connection that speaks HTTP: gives a problem body to errors that the server
 * found before any handler saw the request (a request line or headers too long, malformed HTTP), and
 * completes the encoding of targets that clients sent half encoded.
 *
 * <p>It stands between the codec and reactor-netty, whose own answers to such requests have no body.
 * One per connection, on its event loop.
 */
final class EdgeErrors extends ChannelDuplexHandler {

    /** Bytes of a target that a URI may not hold, but that clients send, and mean as themselves. */
    private static final String SENT_RAW = "\"#<>[]\\^`{|}";

    /** Of each character below 0x7F, whether it is one of those. */
    private static final boolean[] RAW = new boolean[0x7F];

    static {
        SENT_RAW.chars().forEach(c -> RAW[c] = true);
    }

    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    /** What the codec makes of a request line that it cannot read. */
    private static final String UNREADABLE = "/bad-request";

    private boolean head;
    private boolean atomicWrite;
    private String path = "/";

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest request) {
            head = HttpMethod.HEAD.equals(request.method());
            if (request.protocolVersion().majorVersion() != 1) {
                request.setProtocolVersion(HttpVersion.HTTP_1_1); // the highest that is spoken here
            }
            String uri = request.uri();
            if (needsEncoding(uri)) {
                request.setUri(encoded(uri));
            }
            remember(request);
        }
        context.fireChannelRead(message);
    }

    /** Of a request whose line is unreadable nobody knows that it was no write. */
    private void remember(HttpRequest request) {
        if (request.decoderResult().isFailure() && request.uri().equals(UNREADABLE)) {
            path = "/";
            atomicWrite = true;
            return;
        }
        String uri = request.uri();
        int query = uri.indexOf('?');
        String whole = query < 0 ? uri : uri.substring(0, query);
        path = whole.startsWith("/") ? whole : "/";
        atomicWrite = AtomicWrites.mayBe(request.method().name(), path);
    }

    private static boolean needsEncoding(String uri) {
        for (int i = 0; i < uri.length(); i++) {
            if (mustEncode(uri.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    private static boolean mustEncode(char c) {
        return c >= RAW.length || RAW[c];
    }

    /** The codec has each byte of the target as one character. */
    private static String encoded(String uri) {
        StringBuilder encoded = new StringBuilder(uri.length() + 16);
        for (int i = 0; i < uri.length(); i++) {
            char c = uri.charAt(i);
            if (mustEncode(c)) {
                encoded.append('%').append(HEX[c >> 4 & 0xF]).append(HEX[c & 0xF]);
            } else {
                encoded.append(c);
            }
        }
        return encoded.toString();
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        Object sent = message;
        if (message instanceof FullHttpResponse response
                && response.status().code() >= 400
                && !response.content().isReadable()
                && !response.headers().contains(HttpHeaderNames.CONTENT_TYPE)) {
            sent = withProblem(response);
        }
        context.write(sent, promise);
    }

    private FullHttpResponse withProblem(FullHttpResponse response) {
        EblaException failure = withOutcome(failure(response.status().code()));
        Bytes body = Problems.document(failure, path);
        FullHttpResponse full =
                response.replace(
                        head
                                ? Unpooled.EMPTY_BUFFER
                                : Unpooled.wrappedBuffer(
                                        body.array(), body.offset(), body.length()));
        full.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, Problems.MEDIA_TYPE)
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length());
        failure.outcome().ifPresent(outcome -> full.headers().set(Headers.OUTCOME, outcome.text()));
        response.release();
        return full;
    }

    private EblaException withOutcome(EblaException failure) {
        if (!atomicWrite) {
            return failure;
        }
        return failure.withOutcome(
                failure.code() == ErrorCode.INTERNAL ? Outcome.UNKNOWN : Outcome.NOT_APPLIED);
    }

    private static EblaException failure(int status) {
        return switch (status) {
            case 401 -> new EblaException(ErrorCode.UNAUTHORIZED, "not authenticated");
            case 403 -> new EblaException(ErrorCode.FORBIDDEN, "not allowed");
            case 404 -> new EblaException(ErrorCode.NOT_FOUND, "there is nothing here");
            case 413 -> new EblaException(ErrorCode.TOO_LARGE, "the request is too large");
            case 414 -> new EblaException(ErrorCode.URI_TOO_LONG, "the request line is too long");
            case 431 -> new EblaException(ErrorCode.HEADERS_TOO_LARGE, "the headers are too long");
            case 503 -> new EblaException(ErrorCode.OVERLOADED, "not available").withStatus(503);
            default ->
                    status < 500
                            ? Problems.invalid("the request is malformed HTTP").withStatus(status)
                            : new EblaException(ErrorCode.INTERNAL, "internal error")
                                    .withStatus(status);
        };
    }
}
