package io.ebla.clustertest.history;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How a call ended, as its client was told. */
public sealed interface Result {

    Result CONDITION_FAILED = new ConditionFailed();
    Result NOT_APPLIED = new NotApplied();
    Result UNKNOWN = new Unknown();
    Result REVERTED = new Reverted();

    /**
     * The write took effect during its call.
     *
     * @param versions one for each change; empty texts for deletes and checks
     * @param created whether the one row put was absent before, where that was told
     */
    record Committed(List<String> versions, Optional<Boolean> created) implements Result {
        public Committed {
            versions = List.copyOf(versions);
        }
    }

    /**
     * The write had a place in its master's log when it was answered: it took effect during its call or,
     * lost with that log, never does. It cannot do so later: who masters the tablet next either has it
     * before serving anything (rule E11) or has not got it at all.
     */
    record Accepted(List<String> versions) implements Result {
        public Accepted {
            versions = List.copyOf(versions);
        }
    }

    /** 412: at some moment during the call the condition did not hold. */
    record ConditionFailed() implements Result {}

    /** The write never takes effect. */
    record NotApplied() implements Result {}

    /** The write takes effect at any time after its call began, or never. */
    record Unknown() implements Result {}

    /**
     * The write was undone: conditions may have seen it during its call, reads never (rule W3). What stood
     * there before stands there again, under a version that no client has been told.
     */
    record Reverted() implements Result {}

    /** What a read found: one entry for each row asked for, empty where there is none. */
    record Found(Map<String, Optional<Seen>> rows) implements Result {
        public Found {
            rows = Map.copyOf(rows);
        }
    }

    /** A row as it was read. */
    record Seen(String value, String version) {}
}
