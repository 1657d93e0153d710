package io.ebla.client;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * One tablet of a table: a key range and who serves it.
 *
 * @param from the first pk, null at the start of the table ({@code fromBase64} when it is not UTF-8)
 * @param to the pk before which it ends, null at the end of the table
 * @param master the node that serves it, null when none does
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TabletDescription(
        String id,
        String from,
        String fromBase64,
        String to,
        String toBase64,
        String state,
        Long epoch,
        String master,
        List<Replica> replicas,
        Long rows,
        Long bytes) {

    public TabletDescription {
        replicas = replicas == null ? List.of() : List.copyOf(replicas);
    }

    /** A copy of the tablet on one node. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Replica(
            String node, String role, Long appliedIndex, Long committedIndex, Long lagMillis) {}
}
