package io.ebla.clustertest.history;

import io.ebla.clustertest.history.Call.Kind;
import io.ebla.clustertest.history.Call.Read;
import io.ebla.clustertest.history.Call.Write;
import io.ebla.clustertest.history.Result.Accepted;
import io.ebla.clustertest.history.Result.Committed;
import io.ebla.clustertest.history.Result.Found;
import java.util.List;
import java.util.Set;

/**
 * One call of one client with its result.
 *
 * @param pk the partition key of all its rows
 * @param invokedNanos before the request was sent, on the clock that all clients share
 * @param returnedNanos after its answer was read
 * @param note who asked whom; for people
 */
public record Operation(
        String pk, Call call, long invokedNanos, long returnedNanos, Result result, String note) {

    public Operation {
        if (returnedNanos < invokedNanos) {
            throw new IllegalArgumentException("returned before it was invoked: " + note);
        }
        boolean fits =
                call instanceof Read read
                        ? result instanceof Found found
                                && found.rows().keySet().equals(Set.copyOf(read.rows()))
                        : !(result instanceof Found);
        if (!fits) {
            throw new IllegalArgumentException(result + " is no result of " + call);
        }
        if (call instanceof Write write) {
            checkVersions(write, result);
        }
    }

    private static void checkVersions(Write write, Result result) {
        List<String> versions = versions(result);
        if (versions.isEmpty()) {
            return;
        }
        if (versions.size() != write.changes().size()) {
            throw new IllegalArgumentException(versions + " are not the versions of " + write);
        }
        for (int i = 0; i < versions.size(); i++) {
            boolean put = write.changes().get(i).kind() == Kind.PUT;
            if (put == versions.get(i).isEmpty()) {
                throw new IllegalArgumentException(versions + " are not the versions of " + write);
            }
        }
    }

    /** The versions that a write was told, one for each change; empty when it was told none. */
    List<String> versions() {
        return versions(result);
    }

    private static List<String> versions(Result result) {
        if (result instanceof Committed committed) {
            return committed.versions();
        }
        return result instanceof Accepted accepted ? accepted.versions() : List.of();
    }
}
