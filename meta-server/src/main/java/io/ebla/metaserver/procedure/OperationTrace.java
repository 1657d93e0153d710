package io.ebla.metaserver.procedure;

import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.ClusterTask;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.cluster.MergeOperation;
import io.ebla.metaserver.cluster.ReplicaOperation;
import io.ebla.metaserver.cluster.SplitOperation;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A line in the log for each phase that an operation comes to, by whatever command it did: what is there
 * when this member begins to lead is not told again. Confined to the leader's thread.
 */
final class OperationTrace {

    private static final Logger log = LoggerFactory.getLogger(OperationTrace.class);

    private final Clock clock;
    private OperationObserver observer = OperationObserver.NONE;
    private ClusterState seen;
    private Map<String, Enum<?>> phases = new HashMap<>();

    OperationTrace(Clock clock) {
        this.clock = clock;
    }

    void observe(OperationObserver told) {
        observer = told;
    }

    void abandon() {
        seen = null;
    }

    void look(ClusterState state) {
        if (state == seen) {
            return;
        }
        boolean first = seen == null;
        seen = state;
        Map<String, Enum<?>> before = phases;
        phases = new HashMap<>();
        for (HandOver each : state.handOvers().values()) {
            String what = "tablet " + each.tablet() + " from " + each.from() + " to " + each.to();
            phases.put(each.id(), each.phase());
            tell(
                    first,
                    before,
                    each.id(),
                    "hand_over",
                    what,
                    each.detail(),
                    each.startedAtMillis());
        }
        for (ReplicaOperation each : state.replicaOperations().values()) {
            String what = "tablet " + each.tablet() + " from " + each.from() + " to " + each.to();
            phases.put(each.id(), each.phase());
            String kind = word(each.kind());
            tell(first, before, each.id(), kind, what, each.detail(), each.startedAtMillis());
        }
        for (SplitOperation each : state.splits().values()) {
            String what = "tablet " + each.tablet() + " into " + each.low() + " and " + each.high();
            phases.put(each.id(), each.phase());
            tell(first, before, each.id(), "split", what, each.detail(), each.startedAtMillis());
        }
        for (MergeOperation each : state.merges().values()) {
            String what =
                    "tablets " + each.left() + " and " + each.right() + " into " + each.into();
            phases.put(each.id(), each.phase());
            tell(first, before, each.id(), "merge", what, each.detail(), each.startedAtMillis());
        }
        for (ClusterTask each : state.administration().tasks()) {
            String what = each.node() == null ? "the cluster" : "node " + each.node();
            phases.put(each.id(), each.phase());
            String kind = word(each.kind());
            tell(first, before, each.id(), kind, what, each.detail(), each.startedAtMillis());
        }
    }

    private void tell(
            boolean first,
            Map<String, Enum<?>> before,
            String id,
            String kind,
            String what,
            String detail,
            long startedAtMillis) {
        Enum<?> phase = phases.get(id);
        if (first || phase == before.get(id)) {
            return;
        }
        long millis = Math.max(0, clock.wallMillis() - startedAtMillis);
        log.info(
                "event=operation id={} kind={} phase={} millis={} what=\"{}\" detail=\"{}\"",
                id,
                kind,
                word(phase),
                millis,
                what,
                detail);
        observer.reached(kind, word(phase), millis);
    }

    private static String word(Enum<?> name) {
        return name.name().toLowerCase(Locale.ROOT);
    }
}
