package io.ebla.tabletserver.api;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Ends a connection on which it is the client's turn and nothing happens: no request, or half of one, or a
 * body that stops coming, or an answer that is not taken. While it is the server's turn it never ends one.
 *
 * <p>A connection costs one timer that looks a few times in the allowed while and compares counts; requests
 * cost no timer and no reading of a clock. Stands behind the HTTP codec, one per connection, on its event
 * loop.
 */
final class IdleConnection extends ChannelDuplexHandler {

    private static final int LOOKS = 4;

    private final long lookMillis;
    private long received;
    private int unanswered;
    private boolean bodyOpen;
    private Future<?> timer;

    private long receivedBefore;
    private long unsentBefore;
    private int looksInVain;

    /** @param idleMillis the while that is allowed; a quarter more may pass */
    IdleConnection(long idleMillis) {
        this.lookMillis = Math.max(1, idleMillis / LOOKS);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        timer =
                context.executor()
                        .scheduleWithFixedDelay(
                                () -> look(context.channel()),
                                lookMillis,
                                lookMillis,
                                TimeUnit.MILLISECONDS);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        timer.cancel(false);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        timer.cancel(false);
        context.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        received++;
        if (message instanceof HttpRequest) {
            unanswered++;
            bodyOpen = true;
        }
        if (message instanceof LastHttpContent) {
            bodyOpen = false;
        }
        context.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof LastHttpContent && !informational(message)) {
            unanswered--;
        }
        context.write(message, promise);
    }

    private static boolean informational(Object message) {
        return message instanceof HttpResponse response
                && response.status().code() < HttpResponseStatus.OK.code();
    }

    private void look(Channel channel) {
        long unsent = unsent(channel);
        boolean moved = received != receivedBefore || unsent != unsentBefore;
        receivedBefore = received;
        unsentBefore = unsent;
        looksInVain = moved || !clientsTurn(channel, unsent) ? 0 : looksInVain + 1;
        if (looksInVain >= LOOKS) {
            channel.close();
        }
    }

    private boolean clientsTurn(Channel channel, long unsent) {
        return unsent > 0 || unanswered <= 0 || bodyOpen && channel.config().isAutoRead();
    }

    /** Bytes written that the client has not taken. */
    private static long unsent(Channel channel) {
        return channel.isWritable()
                ? channel.config().getWriteBufferHighWaterMark() - channel.bytesBeforeUnwritable()
                : channel.config().getWriteBufferLowWaterMark() + channel.bytesBeforeWritable();
    }
}
