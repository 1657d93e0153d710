package io.ebla.tabletserver.api;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.tablet.TabletDirectory;
import io.ebla.tabletserver.tablet.TabletHost;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;

/**
 * Tables as this server knows them, which asks meta before it says that there is none.
 *
 * <p>One question is under way at a time, whoever waits for it, and its answer holds for all names for a
 * moment: requests for tables that never were cannot hammer meta. Any thread.
 */
final class Tables {

    private final TabletHost host;
    private final MetaTables meta;
    private final Clock clock;
    private final long freshNanos;

    private CompletableFuture<ClusterMap> asking; // guarded by this
    private long askedNanos; // guarded by this
    private boolean asked; // guarded by this

    Tables(TabletHost host, MetaTables meta, Clock clock, ApiLimits limits) {
        this.host = host;
        this.meta = meta;
        this.clock = clock;
        this.freshNanos = limits.unknownTableMillis() * 1_000_000;
    }

    TabletDirectory directory() {
        return host.directory();
    }

    /** Finds the table of a request, and goes on on its event loop. */
    void find(ApiRequest request, BiConsumer<TableDescriptor, Throwable> then) {
        find(
                request.table(),
                (table, failure) -> request.resume(() -> then.accept(table, failure)));
    }

    /**
     * Finds a table, at once when it is known here.
     *
     * @param then called once, on this thread or another; one of its arguments is null
     */
    void find(TableName name, BiConsumer<TableDescriptor, Throwable> then) {
        Optional<TableDescriptor> known = host.directory().table(name);
        if (known.isPresent()) {
            then.accept(known.get(), null);
            return;
        }
        CompletableFuture<ClusterMap> answer = askMeta();
        if (answer == null) {
            then.accept(null, notFound(name));
            return;
        }
        answer.whenComplete(
                (map, failure) -> {
                    if (failure != null) {
                        then.accept(null, unwrapped(failure));
                        return;
                    }
                    Optional<TableDescriptor> now = host.directory().table(name);
                    then.accept(now.orElse(null), now.isPresent() ? null : notFound(name));
                });
    }

    /** The newest map as soon as it is taken in here, or null when the last answer is fresh enough. */
    private CompletableFuture<ClusterMap> askMeta() {
        CompletableFuture<ClusterMap> question;
        synchronized (this) {
            if (asking != null) {
                return asking;
            }
            if (asked && clock.monotonicNanos() - askedNanos < freshNanos) {
                return null;
            }
            question = new CompletableFuture<>();
            asking = question;
        }
        taken(meta.map()).whenComplete((map, failure) -> answered(question, map, failure));
        return question;
    }

    private void answered(
            CompletableFuture<ClusterMap> question, ClusterMap map, Throwable failure) {
        synchronized (this) {
            asking = null;
            asked = failure == null;
            askedNanos = clock.monotonicNanos();
        }
        if (failure == null) {
            question.complete(map);
        } else {
            question.completeExceptionally(unwrapped(failure));
        }
    }

    /** The same map once this server has taken it in, which may wait for a disk. */
    CompletableFuture<ClusterMap> taken(CompletableFuture<ClusterMap> map) {
        return map.thenApplyAsync(
                newest -> {
                    host.update(newest);
                    return newest;
                },
                host.readExecutor());
    }

    static EblaException notFound(TableName name) {
        return new EblaException(ErrorCode.TABLE_NOT_FOUND, "there is no table " + name);
    }

    static Throwable unwrapped(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null
                ? failure.getCause()
                : failure;
    }
}
