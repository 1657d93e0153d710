package io.ebla.client;

import io.ebla.core.key.RowKey;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes of rows of one pk that happen all or not at all; every condition sees the state before the
 * batch. One thread builds it.
 */
public final class Batch {

    private final List<Operation> operations = new ArrayList<>();

    /** One step of a batch; the condition may be null. */
    sealed interface Operation {
        RowKey key();

        String condition();

        record Put(RowKey key, Value value, String ttl, String condition) implements Operation {}

        record Delete(RowKey key, String condition) implements Operation {}

        record Check(RowKey key, String condition) implements Operation {}
    }

    public Batch put(RowKey key, Value value) {
        return put(key, value, null, null);
    }

    /** @param ttl null for the table's; @param condition null for none */
    public Batch put(RowKey key, Value value, String ttl, String condition) {
        operations.add(new Operation.Put(key, value, ttl, condition));
        return this;
    }

    public Batch delete(RowKey key) {
        return delete(key, null);
    }

    public Batch delete(RowKey key, String condition) {
        operations.add(new Operation.Delete(key, condition));
        return this;
    }

    /** Changes nothing; the batch fails unless the condition holds. */
    public Batch check(RowKey key, String condition) {
        operations.add(new Operation.Check(key, condition));
        return this;
    }

    List<Operation> operations() {
        return operations;
    }
}
