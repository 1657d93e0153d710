package io.ebla.clustertest.fault;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Judges a trace of system calls: an answer {@code committed} may be written to its socket only after a
 * sync of the journal that began when the write of the row to the journal had returned.
 */
final class CommitTrace {

    /**
     * @param answers committed answers found in the trace
     * @param violations what was answered too early
     */
    record Verdict(int answers, List<String> violations) {}

    private final List<SystemCall> calls;

    CommitTrace(List<SystemCall> calls) {
        this.calls = List.copyOf(calls);
    }

    /** @param tokens texts that stand in one row each, in its key and in its value */
    Verdict judge(List<String> tokens) {
        int answers = 0;
        List<String> violations = new ArrayList<>();
        for (String token : tokens) {
            Optional<SystemCall> answer =
                    first(call -> call.isSocketWrite() && committed(call) && has(call, token));
            if (answer.isEmpty()) {
                continue;
            }
            answers++;
            Optional<SystemCall> write =
                    first(call -> call.isOnJournal() && !call.isSync() && has(call, token));
            boolean synced = write.isPresent() && synced(write.get(), answer.get());
            if (!synced) {
                violations.add(token + ": answered at line " + answer.get().line() + ", " + write);
            }
        }
        return new Verdict(answers, violations);
    }

    private boolean synced(SystemCall write, SystemCall answer) {
        return first(
                        call ->
                                call.isSync()
                                        && call.isOnJournal()
                                        && call.line() > write.endLine()
                                        && call.endLine() < answer.line())
                .isPresent();
    }

    private static boolean committed(SystemCall call) {
        return call.arguments().toLowerCase(Locale.ROOT).contains("ebla-outcome: committed");
    }

    private static boolean has(SystemCall call, String token) {
        return call.arguments().contains(token);
    }

    private Optional<SystemCall> first(Predicate<SystemCall> wanted) {
        return calls.stream().filter(wanted).findFirst();
    }
}
