package io.ebla.tabletserver.membership;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Where the meta-servers serve HTTP: those that were configured and those that the cluster map names, and
 * the one among them to ask first - the leader, as the last answer told, else whoever answered last.
 *
 * <p>Any thread.
 */
final class MetaAddresses {

    private final Supplier<List<String>> configured;
    private volatile List<String> learned = List.of();
    private volatile String preferred = "";
    private volatile Runnable onMoved = () -> {};

    /** @param configured {@code host:port} each, at least one; asked for at each call */
    MetaAddresses(Supplier<List<String>> configured) {
        this.configured = configured;
    }

    /** What the cluster says; it goes before what was configured, which may be of long ago. */
    void learn(List<String> addresses) {
        if (!addresses.equals(learned)) {
            learned = List.copyOf(addresses);
        }
    }

    /** All that are known, the preferred one first. */
    List<String> inOrder() {
        Set<String> order = new LinkedHashSet<>();
        List<String> known = new ArrayList<>(learned);
        known.addAll(configured.get());
        int start = Math.max(0, known.indexOf(preferred));
        order.addAll(known.subList(start, known.size()));
        order.addAll(known);
        return List.copyOf(order);
    }

    /** Asks that one first from now on. */
    void prefer(String address) {
        if (!address.equals(preferred)) {
            boolean moved = !preferred.isEmpty();
            preferred = address;
            if (moved) {
                onMoved.run();
            }
        }
    }

    /** Calls the listener when another address is preferred than before, on a thread not to be held up. */
    void onMoved(Runnable listener) {
        onMoved = listener;
    }
}
