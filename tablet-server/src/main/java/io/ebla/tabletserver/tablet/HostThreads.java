package io.ebla.tabletserver.tablet;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Every thread of a node's tablets. Writers run turns and never wait; readers may wait for a disk and
 * refuse work above their bound; openers open, recover and remove; preparers do what meta asks for before
 * anything pauses, so that minutes of it keep no replica from being opened; of two settlers one has what can
 * wait for hours, the other what cannot; one beat looks at deadlines, one flusher at journal and stores.
 */
final class HostThreads implements AutoCloseable {

    private static final Logger LOG = System.getLogger(HostThreads.class.getName());

    private static final int PREPARERS = 2;
    private static final int SETTLERS = 2;

    private final ThreadPoolExecutor writers;
    private final ThreadPoolExecutor readers;
    private final ExecutorService openers;
    private final ExecutorService preparers;
    private final ExecutorService settlers;
    private final ExecutorService merger;
    private final ScheduledExecutorService beat;
    private final ScheduledExecutorService flusher;

    HostThreads(HostSettings settings) {
        // A tablet stands in the writers' queue once at most, so the number of tablets bounds it.
        writers = pool("writer", settings.workers(), new LinkedBlockingQueue<>());
        readers =
                pool(
                        "reader",
                        settings.readThreads(),
                        new ArrayBlockingQueue<>(settings.readQueue()));
        openers = Executors.newFixedThreadPool(settings.readThreads(), named("opener"));
        preparers = Executors.newFixedThreadPool(PREPARERS, named("preparer"));
        settlers = Executors.newFixedThreadPool(SETTLERS, named("settler"));
        merger = Executors.newSingleThreadExecutor(named("merger"));
        beat = Executors.newSingleThreadScheduledExecutor(named("beat"));
        flusher = Executors.newSingleThreadScheduledExecutor(named("flusher"));
    }

    ThreadPoolExecutor writers() {
        return writers;
    }

    ThreadPoolExecutor readers() {
        return readers;
    }

    ExecutorService openers() {
        return openers;
    }

    ExecutorService preparers() {
        return preparers;
    }

    ExecutorService settlers() {
        return settlers;
    }

    ExecutorService merger() {
        return merger;
    }

    /** Runs a task again and again; one that throws is told of and runs again all the same. */
    void everyBeat(long millis, Runnable task) {
        beat.scheduleWithFixedDelay(guarded(task), millis, millis, TimeUnit.MILLISECONDS);
    }

    /** Runs a task on the beat's thread after a while; refused once the node ends. */
    void onBeat(long millis, Runnable task) {
        try {
            beat.schedule(guarded(task), millis, TimeUnit.MILLISECONDS);
        } catch (java.util.concurrent.RejectedExecutionException closing) {
            LOG.log(Level.DEBUG, "the node closes; a beat is left out");
        }
    }

    void everyFlushCheck(long millis, Runnable task) {
        flusher.scheduleWithFixedDelay(guarded(task), millis, millis, TimeUnit.MILLISECONDS);
    }

    /** Ends beat and flusher, and waits for what they are at. */
    void stopBeating() {
        beat.shutdown();
        flusher.shutdown();
        await(beat);
        await(flusher);
    }

    @Override
    public void close() {
        stopBeating();
        settlers.shutdown();
        merger.shutdown();
        await(settlers);
        await(merger);
        openers.shutdown();
        preparers.shutdown();
        await(openers);
        await(preparers);
        readers.shutdown();
        await(readers);
        writers.shutdown();
        await(writers);
    }

    private static ThreadPoolExecutor pool(
            String name, int threads, java.util.concurrent.BlockingQueue<Runnable> queue) {
        return new ThreadPoolExecutor(
                threads, threads, 0, TimeUnit.MILLISECONDS, queue, named(name));
    }

    private static ThreadFactory named(String name) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, "ebla-" + name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException failed) {
                LOG.log(Level.WARNING, "a periodic task failed, and will run again", failed);
            }
        };
    }

    private static void await(ExecutorService executor) {
        try {
            if (!executor.awaitTermination(30, TimeUnit.SECONDS)) {
                LOG.log(Level.WARNING, "a thread pool did not end within 30 s");
            }
        } catch (InterruptedException wanted) {
            Thread.currentThread().interrupt();
        }
    }
}
