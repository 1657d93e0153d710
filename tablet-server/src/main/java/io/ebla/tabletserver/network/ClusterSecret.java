package io.ebla.tabletserver.network;

import io.ebla.core.cluster.MetaApi;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** What all nodes of a cluster know and nobody else; it shows itself to nobody. */
public final class ClusterSecret {

    private final String text;
    private final byte[] bytes;

    /** @param configured "" for the one of development */
    public ClusterSecret(String configured) {
        text = configured.isEmpty() ? MetaApi.DEVELOPMENT_SECRET : configured;
        bytes = text.getBytes(StandardCharsets.UTF_8);
    }

    String text() {
        return text;
    }

    /** Takes the same time wherever the two differ. */
    public boolean matches(String presented) {
        return MessageDigest.isEqual(bytes, presented.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return "ClusterSecret";
    }
}
