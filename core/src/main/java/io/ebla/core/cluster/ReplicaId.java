package io.ebla.core.cluster;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** Random name of one replica of one tablet, in its data and in meta (E10). */
public record ReplicaId(String value) implements Comparable<ReplicaId> {

    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9-]{1,64}");

    /** The id of a replica whose descriptor cannot be read: nobody's, so that it is never taken for one. */
    public static final ReplicaId UNREADABLE = new ReplicaId("unreadable");

    public ReplicaId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("'" + value + "' is no replica id");
        }
    }

    @JsonCreator
    public static ReplicaId of(String value) {
        return new ReplicaId(value);
    }

    /**
     * The id of the replica that a split makes of this one: the same wherever it is worked out, and no
     * other replica's.
     */
    public ReplicaId ofChild(TabletId child) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] hash = digest.digest((value + "/" + child).getBytes(StandardCharsets.US_ASCII));
            return new ReplicaId(HexFormat.of().formatHex(hash, 0, 16));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @JsonValue
    @Override
    public String value() {
        return value;
    }

    @Override
    public int compareTo(ReplicaId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
