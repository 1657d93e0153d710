package io.ebla.tabletserver.network;

import io.ebla.core.cluster.NodeId;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets in the nodes of this cluster and nobody else, before a byte of their message is read.
 *
 * <pre>
 *   no secret, or another               UNAUTHENTICATED
 *   another cluster, meant for another
 *   node, another store or run of the
 *   node than the map names             PERMISSION_DENIED
 *   not known here yet                  UNAVAILABLE: this map may be the older one, so try again
 * </pre>
 *
 * <p>What is refused is told in the log once for each caller and reason, and again after that caller was let
 * in meanwhile. Any thread.
 */
public final class Gatekeeper implements ServerInterceptor {

    private static final Logger LOG = LoggerFactory.getLogger(Gatekeeper.class);
    private static final Context.Key<NodeIdentity> CALLER = Context.key("ebla-caller");

    /** Callers whose last refusal is remembered; past it refusals go unlogged. */
    private static final int REMEMBERED_MAX = 1_000;

    private final NodeIdentity self;
    private final ClusterNodes nodes;
    private final ClusterSecret secret;
    private final Map<String, String> refused = new ConcurrentHashMap<>();

    Gatekeeper(NodeIdentity self, ClusterNodes nodes, ClusterSecret secret) {
        this.self = self;
        this.nodes = nodes;
        this.secret = secret;
    }

    /** Who makes the call that is being handled, for services behind this gate. */
    public static NodeIdentity caller() {
        return CALLER.get();
    }

    /** Whether a call was ended at this gate, before anybody behind it knew of it. */
    public static boolean refused(Metadata trailers) {
        return trailers != null && PeerHeaders.tellsRefusal(trailers);
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        Optional<NodeIdentity> caller = PeerHeaders.identity(headers);
        Status verdict = judge(caller, headers);
        String name = caller.map(it -> it.id().value()).orElse("?");
        if (!verdict.isOk()) {
            remember(name, verdict, call);
            call.close(verdict, PeerHeaders.refusal());
            return new ServerCall.Listener<>() {};
        }
        refused.remove(name);
        ServerCall<Q, A> introduced =
                new SimpleForwardingServerCall<>(call) {
                    @Override
                    public void sendHeaders(Metadata answer) {
                        PeerHeaders.put(self, answer);
                        super.sendHeaders(answer);
                    }
                };
        return Contexts.interceptCall(
                Context.current().withValue(CALLER, caller.orElseThrow()),
                introduced,
                headers,
                next);
    }

    /** Whether a node that was let in before would be now. */
    boolean admits(NodeIdentity caller) {
        return nodes.node(caller.id()).map(NodeIdentity::of).filter(caller::equals).isPresent();
    }

    private Status judge(Optional<NodeIdentity> caller, Metadata headers) {
        String presented = headers.get(PeerHeaders.SECRET);
        if (presented == null || !secret.matches(presented)) {
            return Status.UNAUTHENTICATED.withDescription("wrong cluster secret");
        }
        if (caller.isEmpty()) {
            return Status.UNAUTHENTICATED.withDescription("the caller does not say who it is");
        }
        String own = nodes.clusterId();
        String cluster = headers.get(PeerHeaders.CLUSTER);
        if (own.isEmpty()) {
            return Status.UNAVAILABLE.withDescription(self.id() + " has not joined yet");
        }
        if (!own.equals(cluster)) {
            return Status.PERMISSION_DENIED.withDescription(
                    "cluster " + cluster + " is another than " + own);
        }
        if (!self.id().value().equals(headers.get(PeerHeaders.TO))) {
            return Status.PERMISSION_DENIED.withDescription(
                    "this is " + self.id() + ", not " + headers.get(PeerHeaders.TO));
        }
        return judge(caller.get());
    }

    private Status judge(NodeIdentity caller) {
        NodeId id = caller.id();
        return nodes.node(id)
                .map(NodeIdentity::of)
                .map(
                        named ->
                                named.equals(caller)
                                        ? Status.OK
                                        : Status.PERMISSION_DENIED.withDescription(
                                                "the map names " + named + ", not " + caller))
                .orElseGet(() -> Status.UNAVAILABLE.withDescription(id + " is not in the map yet"));
    }

    private void remember(String name, Status verdict, ServerCall<?, ?> call) {
        String reason = verdict.getCode() + ": " + verdict.getDescription();
        if (refused.size() >= REMEMBERED_MAX && !refused.containsKey(name)) {
            return;
        }
        if (!reason.equals(refused.put(name, reason))) {
            LOG.warn(
                    "event=peer_refused node={} from={} reason=\"{}\"",
                    name,
                    call.getAttributes().get(io.grpc.Grpc.TRANSPORT_ATTR_REMOTE_ADDR),
                    reason);
        }
    }
}
