package io.ebla.tabletserver.oplog;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A listener that a test waits for, or looks at. */
final class Appended implements Oplog.AppendListener {

    private final CompletableFuture<Void> end = new CompletableFuture<>();

    @Override
    public void durable() {
        if (!end.complete(null)) {
            throw new AssertionError("told twice");
        }
    }

    @Override
    public void failed(RuntimeException cause) {
        if (!end.completeExceptionally(cause)) {
            throw new AssertionError("told twice", cause);
        }
    }

    boolean isOver() {
        return end.isDone();
    }

    boolean isDurable() {
        return end.isDone() && !end.isCompletedExceptionally();
    }

    /** Waits; throws what the append failed with. */
    void await() {
        try {
            end.get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw (RuntimeException) e.getCause();
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("no answer", e);
        }
    }
}
