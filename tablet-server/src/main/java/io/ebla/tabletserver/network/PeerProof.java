package io.ebla.tabletserver.network;

import io.ebla.core.cluster.NodeDescriptor;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.Optional;

/**
 * Proves to one other node who calls it, and checks that the node that answers is the one that was meant:
 * under its address there may be another by now.
 */
final class PeerProof implements ClientInterceptor {

    private final NodeIdentity self;
    private final NodeDescriptor meant;
    private final String clusterId;
    private final ClusterSecret secret;

    PeerProof(NodeIdentity self, NodeDescriptor meant, String clusterId, ClusterSecret secret) {
        this.self = self;
        this.meant = meant;
        this.clusterId = clusterId;
        this.secret = secret;
    }

    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(
            MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
        return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
            @Override
            public void start(Listener<A> listener, Metadata headers) {
                PeerHeaders.put(self, headers);
                headers.put(PeerHeaders.CLUSTER, clusterId);
                headers.put(PeerHeaders.TO, meant.id().value());
                headers.put(PeerHeaders.SECRET, secret.text());
                super.start(new Checking<>(listener, this), headers);
            }
        };
    }

    private final class Checking<A> extends SimpleForwardingClientCallListener<A> {

        private final ClientCall<?, A> call;
        private Status wrong;

        Checking(ClientCall.Listener<A> listener, ClientCall<?, A> call) {
            super(listener);
            this.call = call;
        }

        @Override
        public void onHeaders(Metadata headers) {
            Optional<NodeIdentity> answering = PeerHeaders.identity(headers);
            if (answering.equals(Optional.of(NodeIdentity.of(meant)))) {
                super.onHeaders(headers);
                return;
            }
            wrong =
                    Status.PERMISSION_DENIED.withDescription(
                            meant.grpcAddress()
                                    + " is "
                                    + answering.map(NodeIdentity::toString).orElse("no node")
                                    + ", not "
                                    + NodeIdentity.of(meant));
            call.cancel(wrong.getDescription(), null);
        }

        @Override
        public void onMessage(A message) {
            if (wrong == null) {
                super.onMessage(message);
            }
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            super.onClose(wrong == null ? status : wrong, trailers);
        }
    }
}
