package io.ebla.metaserver.election;

import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.TabletDescriptor;

/** What the leader knows of nodes as far as elections ask. */
public interface Candidates {

    /** What stands against that node as master of that tablet. */
    Ballot.Fitness fitness(NodeDescriptor node, TabletDescriptor tablet);

    /** Whether it is worth asking now. */
    boolean reachable(NodeDescriptor node);
}
