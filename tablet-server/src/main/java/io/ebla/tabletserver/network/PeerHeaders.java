package io.ebla.tabletserver.network;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.StoreId;
import io.grpc.Metadata;
import java.util.Optional;

/** The headers in which nodes say who they are. */
final class PeerHeaders {

    static final Metadata.Key<String> CLUSTER = key("ebla-cluster");
    static final Metadata.Key<String> TO = key("ebla-to");
    static final Metadata.Key<String> SECRET = key("ebla-secret");
    private static final Metadata.Key<String> NODE = key("ebla-node");
    private static final Metadata.Key<String> STORE = key("ebla-store");
    private static final Metadata.Key<String> INCARNATION = key("ebla-incarnation");

    private static final Metadata.Key<String> REFUSED = key("ebla-refused");

    private PeerHeaders() {}

    /** Trailers that say that a call was refused before it was looked at. */
    static Metadata refusal() {
        Metadata trailers = new Metadata();
        trailers.put(REFUSED, "1");
        return trailers;
    }

    static boolean tellsRefusal(Metadata trailers) {
        return trailers.containsKey(REFUSED);
    }

    static void put(NodeIdentity identity, Metadata headers) {
        headers.put(NODE, identity.id().value());
        headers.put(STORE, identity.store().value());
        headers.put(INCARNATION, identity.incarnation().value());
    }

    /** Empty when they name nobody, or in no proper form. */
    static Optional<NodeIdentity> identity(Metadata headers) {
        String node = headers.get(NODE);
        String store = headers.get(STORE);
        String incarnation = headers.get(INCARNATION);
        if (node == null || store == null || incarnation == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new NodeIdentity(
                            new NodeId(node), new StoreId(store), new Incarnation(incarnation)));
        } catch (IllegalArgumentException malformed) {
            return Optional.empty();
        }
    }

    private static Metadata.Key<String> key(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }
}
