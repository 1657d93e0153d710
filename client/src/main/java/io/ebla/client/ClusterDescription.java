package io.ebla.client;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * The cluster as one of its servers tells it.
 *
 * @param stale true when it is what the server knew before the meta-servers stopped answering
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClusterDescription(
        Meta meta, List<Node> nodes, List<Operation> operations, Boolean stale) {

    public ClusterDescription {
        meta = meta == null ? new Meta(null, List.of()) : meta;
        nodes = nodes == null ? List.of() : List.copyOf(nodes);
        operations = operations == null ? List.of() : List.copyOf(operations);
    }

    /** @param leader null while there is none, or nobody knows */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Meta(String leader, List<String> members) {

        public Meta {
            members = members == null ? List.of() : List.copyOf(members);
        }
    }

    /**
     * A tablet server.
     *
     * @param state {@code up}, {@code suspect}, {@code down} or {@code draining}
     * @param tablets replicas on it
     * @param masters tablets it is the master of
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Node(
            String id,
            String address,
            String grpcAddress,
            String zone,
            String state,
            long tablets,
            long masters,
            long bytes) {}

    /** A procedure that runs or has ended lately. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Operation(
            String id,
            String kind,
            String phase,
            String state,
            Double progress,
            String startedAt,
            String detail) {}
}
