package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.tabletserver.oplog.Oplog;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.Consumer;

/**
 * The epochs this replica has promised to accept nothing below of: taken up in memory at once, durable in
 * the journal before anyone is told (E4, E7). What is refused for a reason that passes is tried again at
 * the next tick. The writer alone changes it.
 */
final class Promises {

    private static final Logger LOG = System.getLogger(Promises.class.getName());

    private final TabletId tablet;
    private final Env env;
    private final Consumer<Runnable> commands;
    private volatile long accepted;
    private long durable;
    private long again;
    private RuntimeException failure;

    /**
     * @param commands runs a task in a turn of the writer
     * @param durable what the journal holds
     */
    Promises(TabletId tablet, Env env, Consumer<Runnable> commands, long durable) {
        this.tablet = tablet;
        this.env = env;
        this.commands = commands;
        this.accepted = durable;
        this.durable = durable;
    }

    /** Nothing of a lower epoch is accepted. Any thread. */
    long accepted() {
        return accepted;
    }

    /** Whether this epoch's promise survives a crash. */
    boolean isDurable(long epoch) {
        return durable >= epoch;
    }

    /** Why the last one failed for good, or null. */
    RuntimeException failure() {
        return failure;
    }

    boolean isWaiting() {
        return again != 0;
    }

    /** Accepts an epoch; its promise goes before all that is appended from now on. */
    void raise(long epoch) {
        if (epoch > accepted) {
            accepted = epoch;
            send(epoch);
        } else if (durable < epoch && failure != null) {
            send(epoch);
        }
    }

    /** Entries of an epoch are durable, and with them its promise. */
    void appended(long epoch) {
        accepted = Math.max(accepted, epoch);
    }

    void tick() {
        if (again != 0) {
            long epoch = again;
            again = 0;
            send(epoch);
        }
    }

    void forget() {
        again = 0;
    }

    private void send(long epoch) {
        failure = null;
        try {
            env.promise(epoch, new Promise(epoch));
        } catch (EblaException refused) {
            failed(epoch, refused);
        }
    }

    private void failed(long epoch, RuntimeException cause) {
        LOG.log(Level.ERROR, "tablet {0} cannot promise epoch {1}: {2}", tablet, epoch, cause);
        if (cause instanceof EblaException refused
                && refused.code() != ErrorCode.DISK_FAILED
                && refused.code() != ErrorCode.CORRUPTED
                && refused.code() != ErrorCode.NO_MASTER) {
            again = Math.max(again, epoch);
        } else {
            failure = cause;
        }
    }

    private final class Promise implements Oplog.AppendListener {
        private final long epoch;

        private Promise(long epoch) {
            this.epoch = epoch;
        }

        @Override
        public void durable() {
            commands.accept(() -> durable = Math.max(durable, epoch));
        }

        @Override
        public void failed(RuntimeException cause) {
            commands.accept(() -> Promises.this.failed(epoch, cause));
        }
    }
}
