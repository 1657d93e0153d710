package io.ebla.metaserver.raft;

import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcTlsConfig;

/**
 * Whether and how the members of the group encrypt what they say to each other: nothing, or TLS on which both
 * ends show a certificate that the other trusts. It is for all that goes over the Raft port: votes, the log,
 * snapshots, and what members tell each other of groups.
 */
public final class RaftTls {

    /** Nothing is encrypted, and nobody is asked who they are. */
    public static final RaftTls NONE = new RaftTls(null);

    private final GrpcTlsConfig config;

    private RaftTls(GrpcTlsConfig config) {
        this.config = config;
    }

    /**
     * @param key this member's own certificate and key
     * @param trusted whose certificates count
     */
    public static RaftTls mutual(KeyManager key, TrustManager trusted) {
        return new RaftTls(new GrpcTlsConfig(key, trusted, true));
    }

    /** What Ratis is given beside its properties. */
    Parameters parameters() {
        Parameters parameters = new Parameters();
        if (config != null) {
            GrpcConfigKeys.TLS.setConf(parameters, config);
        }
        return parameters;
    }

    /** The same properties, which say that this is to be used. */
    RaftProperties with(RaftProperties properties) {
        if (config != null) {
            GrpcConfigKeys.TLS.setEnabled(properties, true);
            GrpcConfigKeys.TLS.setMutualAuthnEnabled(properties, true);
        }
        return properties;
    }
}
