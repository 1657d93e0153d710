package io.ebla.tabletserver.network;

import io.ebla.core.cluster.NodeId;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaNetwork;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * How many appends of one entry of 1 KB, each acknowledged, go between two nodes per CPU-second of both
 * together. Both run in this process, so that its CPU time is theirs, sender and receiver of this bench
 * included.
 *
 * <pre>
 * java -cp ... io.ebla.tabletserver.network.ExchangeBench [seconds]
 * </pre>
 */
final class ExchangeBench {

    private static final int WINDOW = 2_000;
    private static final int VALUE_BYTES = 1_000;
    private static final int WARM_SECONDS = 8;

    private ExchangeBench() {}

    /** A follower that acknowledges at once, and a master that counts. */
    private static final class End implements ReplicaNetwork.Receiver {

        private final Semaphore window = new Semaphore(WINDOW);
        private final LongAdder acknowledged = new LongAdder();
        private volatile ReplicaNetwork network;

        @Override
        public void receive(NodeId from, ReplicaMessage message) {
            if (message instanceof ReplicaMessage.Append append) {
                network.send(from, Messages.appended(append.previousIndex() + 1));
            } else {
                acknowledged.increment();
                window.release();
            }
        }

        @Override
        public void receive(NodeId from, NodeBeat beat) {}

        @Override
        public void receive(NodeId from, NodeBeat.Reply reply) {}

        @Override
        public void disconnected(NodeId node) {
            System.out.println("disconnected from " + node);
        }
    }

    public static void main(String[] arguments) throws InterruptedException {
        int seconds = arguments.length == 0 ? 20 : Integer.parseInt(arguments[0]);
        TestNode one = new TestNode("t1", "run-1", "", 0, NetworkSettings.DEFAULTS);
        TestNode two = new TestNode("t2", "run-1", "", 0, NetworkSettings.DEFAULTS);
        End master = serve(one);
        serve(two);
        TestNode.introduce(one, two);
        run(one, two.id(), master, WARM_SECONDS);
        long before = master.acknowledged.sum();
        long cpu = cpuNanos();
        run(one, two.id(), master, seconds);
        double count = master.acknowledged.sum() - before;
        double cpuSeconds = (cpuNanos() - cpu) / 1e9;
        System.out.printf(
                "%.0f appends acknowledged in %d s: %.0f a second, %.0f per CPU-second (%.1f s)%n",
                count, seconds, count / seconds, count / cpuSeconds, cpuSeconds);
        one.close();
        two.close();
    }

    private static End serve(TestNode node) {
        End end = new End();
        end.network = node.network.replicas();
        node.network.serve(
                new NodeNetwork.Served(end, node.views, node.views.readers, java.util.List.of()));
        return end;
    }

    private static void run(TestNode from, NodeId to, End master, int seconds)
            throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        ReplicaMessage.Append[] batch = new ReplicaMessage.Append[64];
        for (int i = 0; i < batch.length; i++) {
            batch[i] = Messages.append(i + 1, VALUE_BYTES);
        }
        int next = 0;
        while (System.nanoTime() - until < 0) {
            if (master.window.tryAcquire(100, TimeUnit.MILLISECONDS)) {
                from.network.replicas().send(to, batch[next++ % batch.length]);
            }
        }
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean)
                        ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }
}
