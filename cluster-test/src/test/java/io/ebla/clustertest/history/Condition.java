package io.ebla.clustertest.history;

/** What a write demands of one row before it. */
public sealed interface Condition {

    Condition NONE = new None();
    Condition ABSENT = new Absent();
    Condition EXISTS = new Exists();

    static Condition version(String version) {
        return new Version(version);
    }

    /** Whatever is there. */
    record None() implements Condition {}

    /** No row ({@code If-None-Match: *}). */
    record Absent() implements Condition {}

    /** Some row ({@code If-Match: *}). */
    record Exists() implements Condition {}

    /** The row as this write made it ({@code If-Match: "VERSION"}). */
    record Version(String version) implements Condition {
        public Version {
            if (version == null || version.isEmpty()) {
                throw new IllegalArgumentException("a condition without a version");
            }
        }
    }
}
