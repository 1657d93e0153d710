package io.ebla.tabletserver.api;

import io.netty.channel.Channel;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import reactor.netty.Connection;

/**
 * Finds the event loop of a request: where its answer is to be handed over. A connection that is
 * closed has none any more, and nobody to answer.
 */
final class EventLoops {

    private EventLoops() {}

    static Executor of(ServerHttpRequest request) {
        Channel channel = channelOf(request);
        return channel == null || !channel.isRegistered() ? Runnable::run : channel.eventLoop();
    }

    /** The connection that a request came on, or null where there is none. */
    static Channel channelOf(ServerHttpRequest request) {
        Object nativeRequest = ServerHttpRequestDecorator.getNativeRequest(request);
        return nativeRequest instanceof Connection connection ? connection.channel() : null;
    }

    /** Runs a task on an event loop: at once when this is its thread. */
    static void run(Executor loop, Runnable task) {
        if (loop instanceof EventExecutor executor && executor.inEventLoop()) {
            task.run();
        } else {
            loop.execute(task);
        }
    }

    /** Runs a task on an event loop after a while; the result cancels it. */
    static Future<?> later(Executor eventLoop, long delayMillis, Runnable task) {
        return eventLoop instanceof ScheduledExecutorService scheduler
                ? scheduler.schedule(task, delayMillis, TimeUnit.MILLISECONDS)
                : CompletableFuture.runAsync(
                        task,
                        CompletableFuture.delayedExecutor(
                                delayMillis, TimeUnit.MILLISECONDS, eventLoop));
    }
}
