package io.ebla.core.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * The public description of the cluster.
 *
 * @param stale true when it was kept from a time before the metadata became unavailable
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClusterDescription(
        MetaMembers meta, List<NodeState> nodes, List<Operation> operations, Boolean stale) {

    public ClusterDescription {
        nodes = List.copyOf(nodes);
        operations = List.copyOf(operations);
    }

    /** @param leader absent while there is none */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record MetaMembers(String leader, List<String> members) {

        public MetaMembers {
            members = List.copyOf(members);
        }
    }

    /**
     * A tablet server as it stands.
     *
     * @param state {@code up}, {@code suspect}, {@code down} or {@code draining}
     * @param tablets replicas placed on it
     * @param masters tablets it masters
     * @param bytes what its replicas take, as it last said
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record NodeState(
            NodeId id,
            String address,
            String grpcAddress,
            String zone,
            String state,
            int tablets,
            int masters,
            long bytes) {}

    /**
     * A running or ended procedure.
     *
     * @param state {@code running}, {@code done} or {@code aborted}
     * @param progress from 0 to 1, null of an aborted one and where nobody can tell
     * @param startedAt RFC 3339 in UTC with milliseconds
     * @param detail for people, null when there is nothing to say
     */
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
