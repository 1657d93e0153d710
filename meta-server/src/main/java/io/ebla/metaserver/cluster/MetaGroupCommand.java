package io.ebla.metaserver.cluster;

import java.util.Objects;

/** What changes which meta-servers there are ({@link MetaGroup}). */
public sealed interface MetaGroupCommand extends ClusterCommand {

    /**
     * A member of the metadata group says where it serves HTTP: once, and again when that changed.
     *
     * @param address {@code host:port}
     */
    record Publish(String member, String address, long at) implements MetaGroupCommand {

        public Publish {
            Objects.requireNonNull(member);
            Objects.requireNonNull(address);
        }
    }

    /** The membership of the metadata group is to change; refused while another change runs. */
    record Begin(MetaChange change, long at) implements MetaGroupCommand {

        public Begin {
            Objects.requireNonNull(change);
        }
    }

    /** Such a change has ended, well or not. */
    record End(String operation, MetaChange.State state, String detail, long at)
            implements MetaGroupCommand {

        public End {
            Objects.requireNonNull(operation);
            Objects.requireNonNull(state);
            Objects.requireNonNull(detail);
        }
    }
}
