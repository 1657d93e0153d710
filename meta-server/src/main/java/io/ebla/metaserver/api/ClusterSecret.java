package io.ebla.metaserver.api;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** What proves that a caller is of this cluster. */
final class ClusterSecret {

    private final byte[] expected;

    /** @param configured the secret, or "" for the one of development */
    ClusterSecret(String configured) {
        String secret = configured.isEmpty() ? MetaApi.DEVELOPMENT_SECRET : configured;
        expected = secret.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Takes the same time however much of it is right.
     *
     * @throws EblaException {@code unauthorized}
     */
    void require(String presented) {
        byte[] bytes = presented == null ? new byte[0] : presented.getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(expected, bytes)) {
            throw new EblaException(
                    ErrorCode.UNAUTHORIZED,
                    "the header " + MetaApi.SECRET_HEADER + " does not hold this cluster's secret");
        }
    }
}
