package io.ebla.tabletserver.api;

import io.ebla.core.key.Bytes;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * A hash of what an idempotent request asks for, to tell a repetition from another request under the
 * same key: SHA-256 cut to 16 bytes, over parts that carry their lengths, so that no two lists of
 * parts look alike.
 */
final class Fingerprint {

    private static final int LENGTH = 16;

    private final MessageDigest digest;

    Fingerprint() {
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyJvmHasIt) {
            throw new IllegalStateException(everyJvmHasIt);
        }
    }

    /** @param part null for an absent one, which differs from an empty one */
    Fingerprint part(String part) {
        return part(part == null ? null : Bytes.utf8(part));
    }

    Fingerprint part(Bytes part) {
        digest.update(ByteBuffer.allocate(4).putInt(part == null ? -1 : part.length()).flip());
        if (part != null) {
            digest.update(part.array(), part.offset(), part.length());
        }
        return this;
    }

    Bytes bytes() {
        return Bytes.wrap(Arrays.copyOf(digest.digest(), LENGTH));
    }
}
