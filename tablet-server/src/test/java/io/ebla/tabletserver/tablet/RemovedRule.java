package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeApi.FenceAnswer;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaMessage.Append;
import io.ebla.tabletserver.tablet.LocalGroup.Node;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;

/**
 * Rules of the protocol, each taken away between the parts of a {@link LocalGroup}: the production code is
 * what it is, and is told something that the rule would not let happen.
 */
enum RemovedRule implements Tampering {

    /** A restarted process takes the mastership of the run before it for its own. */
    E1_MASTERSHIP_NAMES_A_RUN {
        @Override
        public Assignment assignment(Node node, Assignment told) {
            return new Assignment(
                    told.opened(),
                    told.learner(),
                    told.replicas(),
                    told.epoch(),
                    told.master(),
                    told.master() != null && told.master().equals(node.id));
        }
    },

    /** A promise is answered before it is on the disk. */
    E4_PROMISE_IS_DURABLE {
        @Override
        public Oplog oplog(Node node, Oplog oplog) {
            return hasty(oplog, "promise");
        }
    },

    /** Entries are acknowledged before they are on the disk. */
    E4_ACKNOWLEDGED_IS_DURABLE {
        @Override
        public Oplog oplog(Node node, Oplog oplog) {
            return hasty(oplog, "append", "follow");
        }
    },

    /** Any log of a majority is as good as another. */
    E5_LONGEST_LOG_WINS {
        @Override
        public FenceAnswer answer(Node from, FenceAnswer answer) {
            return with(answer, 0, 0);
        }
    },

    /** The longer log wins, of whatever epoch its end is. */
    E5_EPOCH_BEFORE_INDEX {
        @Override
        public FenceAnswer answer(Node from, FenceAnswer answer) {
            return with(answer, 0, answer.lastIndex());
        }
    },

    /** Whatever epoch the entry before has at the follower, it is taken for the right one. */
    E6_PREVIOUS_ENTRY_MATCHES {
        @Override
        public ReplicaMessage message(Node target, ReplicaMessage message) {
            if (!(message instanceof Append append)
                    || append.previousIndex() > target.tablet().pipeline().appendedIndex()) {
                return message;
            }
            long here = target.tablet().parts().history().epochAt(append.previousIndex());
            return new Append(
                    append.tablet(),
                    append.epoch(),
                    append.to(),
                    Math.max(0, here),
                    append.previousIndex(),
                    append.entries(),
                    append.commitIndex(),
                    append.masterTimeMillis());
        }
    },

    /** A lease that was refused counts as granted. */
    E9_REFUSED_IS_NOT_GRANTED {
        @Override
        public NodeBeat.Reply reply(Node from, NodeBeat.Reply reply) {
            return new NodeBeat.Reply(reply.sentNanos(), reply.wallMillis(), List.of());
        }
    };

    private static FenceAnswer with(FenceAnswer answer, long lastEpoch, long lastIndex) {
        return new FenceAnswer(
                answer.tablet(),
                answer.result(),
                answer.replica(),
                answer.promisedEpoch(),
                lastEpoch,
                lastIndex,
                answer.committedIndex(),
                answer.timestampMillis());
    }

    /** An oplog that calls some things durable as soon as they are queued. */
    private static Oplog hasty(Oplog oplog, String... methods) {
        List<String> hasty = List.of(methods);
        return (Oplog)
                Proxy.newProxyInstance(
                        Oplog.class.getClassLoader(),
                        new Class<?>[] {Oplog.class},
                        (proxy, method, arguments) -> {
                            Oplog.AppendListener told = null;
                            Object[] given = arguments;
                            if (hasty.contains(method.getName())) {
                                given = arguments.clone();
                                told = (Oplog.AppendListener) given[given.length - 1];
                                given[given.length - 1] = NOBODY;
                            }
                            Object result;
                            try {
                                result = method.invoke(oplog, given);
                            } catch (InvocationTargetException thrown) {
                                throw thrown.getCause();
                            }
                            if (told != null) {
                                told.durable();
                            }
                            return result;
                        });
    }

    private static final Oplog.AppendListener NOBODY =
            new Oplog.AppendListener() {
                @Override
                public void durable() {}

                @Override
                public void failed(RuntimeException cause) {}
            };
}
