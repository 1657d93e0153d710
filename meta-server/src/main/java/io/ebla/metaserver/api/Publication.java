package io.ebla.metaserver.api;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MetaGroupCommand;
import io.ebla.metaserver.cluster.MetadataTablet;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that the metadata says where this member serves HTTP: once, and again when that changed.
 *
 * <p>The leader says it of itself first; the others then know where to say it. Nothing is repeated once the
 * state holds it, so an idle group writes nothing.
 */
public final class Publication {

    private static final Logger log = LoggerFactory.getLogger(Publication.class);
    private static final long PAUSE_MILLIS = 500;

    private final MetadataTablet metadata;
    private final LeaderForward leader;
    private final Clock clock;
    private final ScheduledExecutorService thread;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private volatile String address = "";

    /** @param thread a scheduler of one thread */
    public Publication(
            MetadataTablet metadata,
            LeaderForward leader,
            Clock clock,
            ScheduledExecutorService thread) {
        this.metadata = metadata;
        this.leader = leader;
        this.clock = clock;
        this.thread = thread;
    }

    /** @param served {@code host:port} at which others reach this member's HTTP server */
    public void begin(String served) {
        address = served;
        metadata.onLeader(() -> soon(0));
        metadata.onChange((before, after) -> soon(0));
        soon(0);
    }

    private void soon(long millis) {
        if (published() || !scheduled.compareAndSet(false, true)) {
            return;
        }
        try {
            thread.schedule(this::publish, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException ending) {
            log.debug("event=publication_ended", ending);
        }
    }

    private boolean published() {
        Optional<ClusterState> state = metadata.appliedState();
        String self = metadata.membership().self();
        return state.isPresent() && address.equals(state.get().metaGroup().addresses().get(self));
    }

    private void publish() {
        scheduled.set(false);
        MetadataTablet.Membership membership = metadata.membership();
        if (published() || !membership.addresses().containsKey(membership.self())) {
            return;
        }
        told(membership.self())
                .whenComplete(
                        (done, failure) -> {
                            if (failure != null) {
                                log.debug("event=meta_address_untold cause=\"{}\"", "" + failure);
                                soon(PAUSE_MILLIS);
                            }
                        });
    }

    private CompletableFuture<?> told(String self) {
        if (metadata.leads()) {
            return metadata.submit(new MetaGroupCommand.Publish(self, address, clock.wallMillis()));
        }
        return leader.tell(MetaApi.ROOT + "/members", new MetaApi.MetaMember(self, address))
                .toFuture();
    }
}
