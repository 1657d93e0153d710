package io.ebla.core.cluster;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Where a table's rows live. */
public enum StoreKind {
    @JsonProperty("disk")
    DISK,
    /** Log and store in memory only: a restarted replica is empty (L6). */
    @JsonProperty("memory")
    MEMORY
}
