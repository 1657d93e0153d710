package io.ebla.clustertest.equivalence;

import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.reshape.Reshaping;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;

/**
 * What happens to one of the two tables while it is used, as often as its user wants it: it is split, merged,
 * moved and handed over, one after the other, and beside that servers that master a tablet of it are killed
 * and started again. Threads of its own.
 */
final class Upheaval implements AutoCloseable {

    private static final int TABLETS_MOST = 6;

    /** Each once, so that a short run has them all; then by chance. */
    private static final List<String> FIRST =
            List.of("split", "split", "merge", "split", "master", "move", "merge");

    private final ClusterProcesses cluster;
    private final Random random;
    private final Reshaping table;
    private final Reshaping watched;
    private final Semaphore reshapesWanted = new Semaphore(0);
    private final Semaphore killsWanted = new Semaphore(0);
    private final Thread reshaper;
    private final Thread killer;
    private volatile boolean over;
    private volatile int reshapes;
    private volatile int kills;
    private volatile Throwable failed;

    /** @param pks of the table, of which tablets are chosen by chance */
    Upheaval(ClusterProcesses cluster, String name, int pks, Random random) {
        this.cluster = cluster;
        this.random = random;
        this.table = new Reshaping(servers(), name, cluster::tails);
        this.watched = new Reshaping(servers(), name, cluster::tails);
        this.reshaper = new Thread(() -> run(reshapesWanted, () -> reshape(pks)), "reshaper");
        this.killer = new Thread(() -> run(killsWanted, this::kill), "killer");
        reshaper.start();
        killer.start();
    }

    private List<Api> servers() {
        return cluster.tabletServers().stream().map(ClusterNode::uri).map(uri -> api(uri)).toList();
    }

    private static Api api(URI uri) {
        return new Api(uri, Duration.ofSeconds(2), Duration.ofSeconds(30));
    }

    private void run(Semaphore wanted, Runnable task) {
        try {
            wanted.acquire();
            while (!over) {
                task.run();
                wanted.acquire();
            }
        } catch (Throwable thrown) {
            failed = thrown;
        }
    }

    /** Has one more reshape be made, unless one waits to be. */
    void wantReshape() {
        want(reshapesWanted);
    }

    /** Has a server that masters a tablet be killed beside whatever goes on, unless one waits to be. */
    void wantKill() {
        want(killsWanted);
    }

    private static void want(Semaphore wanted) {
        if (wanted.availablePermits() == 0) {
            wanted.release();
        }
    }

    // ---------------------------------------------------------------- reshaping

    private void reshape(int pks) {
        String pk = Requests.pk(1 + random.nextInt(pks - 1));
        boolean ofMaster = random.nextBoolean();
        switch (next()) {
            case "split" -> {
                if (table.bounds().size() < TABLETS_MOST && !table.bounds().contains(pk)) {
                    table.split(pk);
                }
            }
            case "merge" -> {
                List<String> bounds = table.bounds();
                if (bounds.size() > 1) {
                    table.merge(bounds.get(random.nextInt(bounds.size() - 1)));
                }
            }
            case "master" -> table.handOver(pk);
            default -> table.move(pk, ofMaster);
        }
        reshapes++;
    }

    private String next() {
        int which = reshapes < FIRST.size() ? reshapes : random.nextInt(FIRST.size());
        return FIRST.get(which);
    }

    // ---------------------------------------------------------------- kills

    /** The master of the table's first or last tablet. */
    private void kill() {
        ClusterNode victim = cluster.node(watched.master(kills % 2 == 0 ? "" : "~"));
        victim.kill();
        victim.start();
        victim.process().awaitReady();
        kills++;
    }

    // ---------------------------------------------------------------- what became of it

    /** Whether each kind of reshaping has been made, and a master killed and brought back. */
    boolean enough() {
        return reshapes >= FIRST.size() && kills > 0;
    }

    void check() {
        if (failed != null) {
            throw new AssertionError("the upheaval failed", failed);
        }
    }

    @Override
    public String toString() {
        return reshapes + " reshapes, " + table.aborted() + " asked for again, " + kills + " kills";
    }

    @Override
    public void close() {
        over = true;
        reshapesWanted.release();
        killsWanted.release();
        try {
            reshaper.join();
            killer.join();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }
}
