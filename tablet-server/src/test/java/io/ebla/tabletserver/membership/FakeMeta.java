package io.ebla.tabletserver.membership;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.contract.ErrorCode;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import tools.jackson.databind.json.JsonMapper;

/** A meta-server that says what a test wants, over real HTTP. */
final class FakeMeta implements AutoCloseable {

    private final JsonMapper json = JsonMapper.shared();
    private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final DisposableServer server;
    final BlockingQueue<MetaApi.Register> registrations = new LinkedBlockingQueue<>();
    final BlockingQueue<MetaApi.Heartbeat> heartbeats = new LinkedBlockingQueue<>();
    final BlockingQueue<MetaApi.Opened> opened = new LinkedBlockingQueue<>();
    final BlockingQueue<MetaApi.Dropped> dropped = new LinkedBlockingQueue<>();
    final BlockingQueue<MetaApi.Leaving> leaving = new LinkedBlockingQueue<>();

    /** Among them: it is told that there is no leader. */
    static final int NO_LEADER = -1;

    /** What a leaving node is told, one after the other. */
    final BlockingQueue<Integer> masterships = new LinkedBlockingQueue<>();

    final BlockingQueue<MetaApi.CreateTable> created = new LinkedBlockingQueue<>();
    final AtomicInteger questions = new AtomicInteger();
    volatile ErrorCode refuse;
    volatile boolean forgetful;
    volatile boolean silentToChanges;
    volatile boolean silentToHeartbeats;

    /** What a report is answered, null for nothing. */
    volatile MetaApi.Heard heard;

    /** The leader to name in answers, null for none. */
    volatile String leader;

    private volatile ClusterMap map;
    private volatile Sinks.One<Boolean> changed = Sinks.one();

    FakeMeta(ClusterMap map) {
        this(map, 0);
    }

    FakeMeta(ClusterMap map, int port) {
        this.map = map;
        String root = MetaApi.ROOT;
        server =
                HttpServer.create()
                        .host("127.0.0.1")
                        .port(port)
                        .doOnChannelInit((observer, channel, remote) -> open.add(channel))
                        .route(
                                routes ->
                                        routes.post(root + "/nodes", this::register)
                                                .post(
                                                        root + "/nodes/{id}/heartbeat",
                                                        this::heartbeat)
                                                .post(root + "/nodes/{id}/leaving", this::leaving)
                                                .get(root + "/cluster", this::cluster)
                                                .get(root + "/map", this::map)
                                                .post(root + "/tablets/opened", this::opened)
                                                .post(root + "/tablets/dropped", this::dropped)
                                                .post(root + "/tables", this::create))
                        .bindNow();
    }

    String address() {
        return "127.0.0.1:" + server.port();
    }

    /** Publishes a map to those who wait for one. */
    void publish(ClusterMap next) {
        map = next;
        Sinks.One<Boolean> waiting = changed;
        changed = Sinks.one();
        waiting.tryEmitValue(true);
    }

    /** Users' questions are taken and never answered. */
    private Publisher<Void> cluster(HttpServerRequest request, HttpServerResponse response) {
        questions.incrementAndGet();
        return Mono.never();
    }

    private Publisher<Void> register(HttpServerRequest request, HttpServerResponse response) {
        return receive(request, response, MetaApi.Register.class, registrations, map);
    }

    private Publisher<Void> heartbeat(HttpServerRequest request, HttpServerResponse response) {
        if (silentToHeartbeats) {
            return request.receive().aggregate().then(Mono.never());
        }
        if (forgetful) {
            forgetful = false;
            return problem(response, ErrorCode.NODE_NOT_FOUND);
        }
        return receive(request, response, MetaApi.Heartbeat.class, heartbeats, heard);
    }

    private Publisher<Void> leaving(HttpServerRequest request, HttpServerResponse response) {
        return request.receive()
                .aggregate()
                .asByteArray()
                .flatMap(
                        bytes -> {
                            leaving.add(json.readValue(bytes, MetaApi.Leaving.class));
                            int left = masterships.remove();
                            return Mono.from(
                                    left == NO_LEADER
                                            ? problem(response, ErrorCode.META_UNAVAILABLE)
                                            : ok(response, new MetaApi.Left(left)));
                        });
    }

    private Publisher<Void> opened(HttpServerRequest request, HttpServerResponse response) {
        return receive(request, response, MetaApi.Opened.class, opened, map);
    }

    private Publisher<Void> dropped(HttpServerRequest request, HttpServerResponse response) {
        return receive(request, response, MetaApi.Dropped.class, dropped, null);
    }

    private Publisher<Void> create(HttpServerRequest request, HttpServerResponse response) {
        if (silentToChanges) {
            return request.receive().aggregate().then(Mono.never());
        }
        if (refuse != null) {
            return problem(response, refuse);
        }
        return request.receive()
                .aggregate()
                .asByteArray()
                .flatMap(
                        bytes -> {
                            created.add(json.readValue(bytes, MetaApi.CreateTable.class));
                            return Mono.from(
                                    ok(response, new MetaApi.TableCreated(null, true, map)));
                        });
    }

    private Publisher<Void> map(HttpServerRequest request, HttpServerResponse response) {
        if (refuse != null) {
            return problem(response, refuse);
        }
        String[] known = request.uri().split("[=&]");
        long version = known.length > 3 ? Long.parseLong(known[3]) : 0;
        // Before the map is looked at, or one published in between would not be told of.
        Sinks.One<Boolean> next = changed;
        if (map.version() != version) {
            return ok(response, map);
        }
        return next.asMono().flatMap(now -> Mono.from(ok(response, map)));
    }

    private <T> Publisher<Void> receive(
            HttpServerRequest request,
            HttpServerResponse response,
            Class<T> type,
            BlockingQueue<T> into,
            Object answer) {
        if (refuse != null) {
            return problem(response, refuse);
        }
        if (!MetaApi.DEVELOPMENT_SECRET.equals(
                request.requestHeaders().get(MetaApi.SECRET_HEADER))) {
            return problem(response, ErrorCode.UNAUTHORIZED);
        }
        return request.receive()
                .aggregate()
                .asByteArray()
                .flatMap(
                        bytes -> {
                            into.add(json.readValue(bytes, type));
                            return answer != null
                                    ? Mono.from(ok(response, answer))
                                    : response.status(204).send();
                        });
    }

    private Publisher<Void> ok(HttpServerResponse response, Object body) {
        if (leader != null) {
            response.header(MetaApi.LEADER_HEADER, leader);
        }
        return response.sendByteArray(Mono.just(json.writeValueAsBytes(body)));
    }

    private Publisher<Void> problem(HttpServerResponse response, ErrorCode code) {
        MetaApi.Problem problem =
                new MetaApi.Problem(
                        "urn:ebla:problem:" + code.text(),
                        code.title(),
                        code.status(),
                        "as told",
                        "/",
                        code.text(),
                        code.retryable(),
                        null,
                        null);
        return response.status(code.status())
                .sendByteArray(Mono.just(json.writeValueAsBytes(problem)));
    }

    static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        T next = queue.poll(30, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("nothing came in time");
        }
        return next;
    }

    static List<String> addresses(FakeMeta... metas) {
        return List.of(metas).stream().map(FakeMeta::address).toList();
    }

    @Override
    public void close() {
        server.disposeNow();
        open.close().awaitUninterruptibly();
    }
}
