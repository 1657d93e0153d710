package io.ebla.client;

import io.ebla.core.contract.Outcome;
import java.util.List;
import java.util.Optional;

/**
 * What the server said of a write that it did.
 *
 * @param versions the new version of each row in the order of the operations; empty for a deletion or
 *     a check
 * @param created whether the row did not exist before; empty where the server does not tell
 * @param replayed whether this is the remembered answer to an earlier request with the same key
 * @param position opaque; a later read may ask to see at least this
 */
public record WriteReceipt(
        Outcome outcome,
        int copies,
        List<Optional<String>> versions,
        Optional<Boolean> created,
        boolean replayed,
        Optional<String> position) {

    public WriteReceipt {
        versions = List.copyOf(versions);
    }

    /** The version of the one row written. */
    public Optional<String> version() {
        return versions.isEmpty() ? Optional.empty() : versions.get(0);
    }
}
