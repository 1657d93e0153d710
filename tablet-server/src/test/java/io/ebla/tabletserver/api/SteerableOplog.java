package io.ebla.tabletserver.api;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.oplog.LogBatch;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.oplog.Oplog;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * An oplog whose appends can be held back, failed or refused by a test; everything else goes to the
 * one behind it.
 */
final class SteerableOplog implements InvocationHandler {

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Oplog behind;
    private final List<Runnable> held = new ArrayList<>();
    private boolean holding;
    private boolean damaged;
    private ErrorCode refusal;
    private int refusals;

    private SteerableOplog(Oplog behind) {
        this.behind = behind;
    }

    static SteerableOplog before(Oplog behind) {
        return new SteerableOplog(behind);
    }

    Oplog oplog() {
        return (Oplog)
                Proxy.newProxyInstance(
                        Oplog.class.getClassLoader(), new Class<?>[] {Oplog.class}, this);
    }

    /** From now on syncs take for ever. */
    synchronized void hold() {
        holding = true;
    }

    /** Waits until an append is held back: then the write it came from is pending. */
    synchronized void awaitHeld() throws InterruptedException {
        long giveUp = System.nanoTime() + PATIENCE_NANOS;
        while (held.isEmpty()) {
            long left = giveUp - System.nanoTime();
            if (left <= 0) {
                throw new AssertionError("no append came in 30 s");
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    /** The syncs held back end well, and later ones at once. */
    void release() {
        List<Runnable> due;
        synchronized (this) {
            holding = false;
            due = List.copyOf(held);
            held.clear();
        }
        due.forEach(Runnable::run);
    }

    /** From now on appends are refused with this code; null takes them again. */
    synchronized void refuse(ErrorCode code) {
        refusal = code;
    }

    /** How many appends were refused. */
    synchronized int refusals() {
        return refusals;
    }

    /** From now on every tablet that opens finds its log damaged. */
    synchronized void damage(boolean everything) {
        damaged = everything;
    }

    private synchronized boolean damaged() {
        return damaged;
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        if (method.getName().equals("corrupted") && damaged()) {
            return LongStream.range(1, 1000).mapToObj(TabletId::new).collect(Collectors.toSet());
        }
        if (method.getName().equals("append")) {
            LogBatch entries = batch(arguments[0]);
            Oplog.AppendListener listener =
                    steered((Oplog.AppendListener) arguments[arguments.length - 1]);
            if (arguments.length == 3) {
                behind.append(entries, (Long) arguments[1], listener);
            } else {
                behind.append(entries, listener);
            }
            return null;
        }
        try {
            return method.invoke(behind, arguments);
        } catch (InvocationTargetException failed) {
            throw failed.getCause();
        }
    }

    @SuppressWarnings("unchecked")
    private static LogBatch batch(Object entries) {
        return entries instanceof LogBatch batch ? batch : LogBatch.of((List<LogEntry>) entries);
    }

    private Oplog.AppendListener steered(Oplog.AppendListener listener) {
        synchronized (this) {
            if (refusal != null) {
                refusals++;
                throw new EblaException(refusal, "refused by the test")
                        .withOutcome(Outcome.NOT_APPLIED);
            }
        }
        return new Oplog.AppendListener() {
            @Override
            public void durable() {
                synchronized (SteerableOplog.this) {
                    if (holding) {
                        held.add(listener::durable);
                        SteerableOplog.this.notifyAll();
                        return;
                    }
                }
                listener.durable();
            }

            @Override
            public void failed(RuntimeException cause) {
                listener.failed(cause);
            }
        };
    }
}
