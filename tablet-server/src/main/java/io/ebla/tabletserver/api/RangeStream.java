package io.ebla.tabletserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.key.Bytes;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;

/**
 * The body of a streamed range: chunks of lines, each read only when the connection can take it.
 *
 * <p>The server asks for many chunks ahead of what it has sent, so its demand bounds nothing; the
 * connection's own bound on unsent bytes does. While a client takes nothing, at most one chunk beyond
 * that bound waits, nothing is read, and after a while the view of the tablet is let go. Everything
 * runs on the connection's event loop.
 */
final class RangeStream implements Publisher<DataBuffer>, Subscription {

    private static final DefaultDataBufferFactory BUFFERS = DefaultDataBufferFactory.sharedInstance;

    private final RangeReader reader;
    private final ChunkSink sink;
    private final Executor eventLoop;
    private final Channel channel;
    private final long viewMillis;
    private final String instance;
    private final ChannelInboundHandlerAdapter writability = new Writability();
    private Subscriber<? super DataBuffer> subscriber;
    private Bytes waiting;
    private boolean more;
    private long demand;
    private boolean filling;
    private boolean pumping;
    private boolean ended;
    private Future<?> stalled;

    /**
     * @param first what has been read already
     * @param more whether there may be more
     * @param channel the connection, null where there is none to be slow
     */
    RangeStream(
            RangeReader reader,
            ChunkSink sink,
            Bytes first,
            boolean more,
            Executor eventLoop,
            Channel channel,
            long viewMillis,
            String instance) {
        this.reader = reader;
        this.sink = sink;
        this.waiting = first;
        this.more = more;
        this.eventLoop = eventLoop;
        this.channel = channel;
        this.viewMillis = viewMillis;
        this.instance = instance;
    }

    /** The pass has failed already, behind the rows that were read. */
    void failed(EblaException failure) {
        waiting = withError(waiting, failure);
        more = false;
    }

    /** Tells when the connection takes bytes again. */
    private final class Writability extends ChannelInboundHandlerAdapter {

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            pump();
            context.fireChannelWritabilityChanged();
        }
    }

    @Override
    public void subscribe(Subscriber<? super DataBuffer> to) {
        subscriber = to;
        if (channel != null) {
            channel.pipeline().addFirst(writability);
        }
        to.onSubscribe(this);
    }

    @Override
    public void request(long chunks) {
        onEventLoop(
                () -> {
                    demand = demand + chunks < 0 ? Long.MAX_VALUE : demand + chunks;
                    pump();
                });
    }

    @Override
    public void cancel() {
        onEventLoop(this::end);
    }

    private void onEventLoop(Runnable task) {
        if (channel == null || channel.eventLoop().inEventLoop()) {
            task.run();
        } else {
            eventLoop.execute(task);
        }
    }

    private void pump() {
        if (pumping) {
            return;
        }
        pumping = true;
        while (!ended && !filling && mayGoOn()) {
            if (!waiting.isEmpty()) {
                emit();
            } else if (more) {
                read();
            } else {
                end();
                subscriber.onComplete();
            }
        }
        pumping = false;
    }

    /** The end needs no room; anything else waits for it. */
    private boolean mayGoOn() {
        if (waiting.isEmpty() && !more) {
            return true;
        }
        if (demand > 0 && (channel == null || channel.isWritable())) {
            if (stalled != null) {
                stalled.cancel(false);
                stalled = null;
            }
            return true;
        }
        if (stalled == null) {
            stalled = EventLoops.later(eventLoop, viewMillis, reader::releaseView);
        }
        return false;
    }

    private void emit() {
        Bytes chunk = waiting;
        waiting = Bytes.EMPTY;
        demand--;
        subscriber.onNext(
                BUFFERS.wrap(ByteBuffer.wrap(chunk.array(), chunk.offset(), chunk.length())));
    }

    private void read() {
        filling = true;
        reader.fill(sink, this::filled);
    }

    private void filled(Boolean hasMore, EblaException failure) {
        filling = false;
        if (ended) {
            return;
        }
        waiting = sink.chunk();
        more = failure == null && hasMore;
        if (failure != null) {
            failed(failure);
        }
        pump();
    }

    /** An error that comes too late for a status is the last line. */
    private Bytes withError(Bytes lines, EblaException failure) {
        JsonText text = new JsonText(lines.length() + 512).raw(lines);
        text.beginObject().name("error").json(Problems.document(failure, instance)).endObject();
        return text.lineBreak().bytes();
    }

    private void end() {
        if (ended) {
            return;
        }
        ended = true;
        waiting = Bytes.EMPTY;
        if (stalled != null) {
            stalled.cancel(false);
        }
        if (channel != null && channel.pipeline().context(writability) != null) {
            channel.pipeline().remove(writability);
        }
        reader.close();
    }
}
