package io.ebla.tabletserver.api;

import java.util.concurrent.Executor;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import reactor.netty.Connection;

/** Finds the event loop of a request: where its answer is to be handed over. */
final class EventLoops {

    private EventLoops() {}

    static Executor of(ServerHttpRequest request) {
        Object nativeRequest = ServerHttpRequestDecorator.getNativeRequest(request);
        return nativeRequest instanceof Connection connection
                ? connection.channel().eventLoop()
                : Runnable::run;
    }
}
