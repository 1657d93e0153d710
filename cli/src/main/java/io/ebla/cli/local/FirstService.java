package io.ebla.cli.local;

import io.ebla.client.ClientSettings;
import io.ebla.client.ClusterDescription;
import io.ebla.client.EblaClient;
import io.ebla.client.EblaClientException;
import io.ebla.client.TableDescription;
import io.ebla.client.TabletDescription;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Waits until a cluster that was just started takes writes everywhere: its processes answer before the
 * meta-servers have a leader, all tablet servers are known to it, and every tablet has a master.
 */
final class FirstService {

    /** Elections take a second or two; more only where a majority of a tablet was not started. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final long LOOK_MILLIS = 100;
    private static final Duration ANSWER = Duration.ofSeconds(2);

    private final EblaClient client;
    private final int tabletServers;

    /**
     * @param server any of the cluster's
     * @param tabletServers how many are to be up
     */
    FirstService(URI server, int tabletServers) {
        this.client = new EblaClient(ClientSettings.of(server).withTimeout(ANSWER));
        this.tabletServers = tabletServers;
    }

    /**
     * Returns as soon as all is served, or the patience or whoever it waits for is at an end.
     *
     * @param running whether it is worth waiting on
     * @return what is still missing; nothing if all is served
     */
    Optional<String> await(BooleanSupplier running) throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        long begun = System.nanoTime();
        Optional<String> missing = missing();
        while (missing.isPresent()
                && running.getAsBoolean()
                && System.nanoTime() - begun < PATIENCE_NANOS) {
            never.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            missing = missing();
        }
        return missing;
    }

    private Optional<String> missing() {
        try {
            ClusterDescription cluster = client.cluster();
            if (cluster.meta().leader() == null || Boolean.TRUE.equals(cluster.stale())) {
                return Optional.of("the meta-servers have no leader");
            }
            long up = cluster.nodes().stream().filter(each -> isUp(each.state())).count();
            if (up < tabletServers) {
                return Optional.of("only " + up + " tablet servers are known to be up");
            }
            for (TableDescription table : client.tables()) {
                for (TabletDescription tablet : client.tablets(table.name())) {
                    if (!"serving".equals(tablet.state())) {
                        return Optional.of(
                                "tablet " + tablet.id() + " of " + table.name() + " has no master");
                    }
                }
            }
            return Optional.empty();
        } catch (EblaClientException notYet) {
            return Optional.of(notYet.getMessage());
        }
    }

    private static boolean isUp(String state) {
        return "up".equals(state) || "draining".equals(state);
    }
}
