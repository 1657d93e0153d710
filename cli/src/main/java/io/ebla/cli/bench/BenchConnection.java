package io.ebla.cli.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;

/** One kept connection: sends a request, waits for the whole answer, sends the next. */
final class BenchConnection extends SimpleChannelInboundHandler<HttpObject> {

    private static final int QUOTED_MAX = 300;

    private final BenchRun run;
    private boolean reading;
    private boolean ended;
    private long sentNanos;
    private int status;
    private final StringBuilder refusal = new StringBuilder();

    BenchConnection(BenchRun run) {
        this.run = run;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        send(context);
    }

    private void send(ChannelHandlerContext context) {
        if (run.isOver()) {
            end(context);
            return;
        }
        reading = run.requests().nextReads();
        ByteBuf request =
                reading
                        ? run.requests().read(context.alloc())
                        : run.requests().write(context.alloc());
        sentNanos = System.nanoTime();
        context.writeAndFlush(request, context.voidPromise());
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
        if (part instanceof HttpResponse response) {
            status = response.status().code();
            refusal.setLength(0);
        }
        if (part instanceof HttpContent content && status >= 300) {
            quote(content.content());
        }
        if (part instanceof LastHttpContent) {
            answered();
            send(context);
        }
    }

    private void quote(ByteBuf body) {
        int length = Math.min(body.readableBytes(), QUOTED_MAX - refusal.length());
        byte[] bytes = ByteBufUtil.getBytes(body, body.readerIndex(), Math.max(0, length));
        refusal.append(new String(bytes, StandardCharsets.UTF_8));
    }

    private void answered() {
        if (status / 100 == 2) {
            run.answered(reading, sentNanos);
        } else {
            run.failed((reading ? "read: " : "write: ") + status + " " + code(refusal.toString()));
        }
    }

    /** The problem's code, so that like errors are counted together; else the text itself. */
    private static String code(String problem) {
        int from = problem.indexOf("\"code\":\"");
        int to = from < 0 ? -1 : problem.indexOf('"', from + 8);
        return to < 0 ? problem : problem.substring(from + 8, to);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (!ended) {
            run.failed("the server closed a connection");
            end(context);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!ended) {
            run.failed(String.valueOf(cause));
            end(context);
        }
    }

    private void end(ChannelHandlerContext context) {
        if (!ended) {
            ended = true;
            context.close();
            run.ended();
        }
    }
}
