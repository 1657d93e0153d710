package io.ebla.metaserver.procedure;

/** Is told of the phases of operations, while this member leads. */
public interface OperationObserver {

    OperationObserver NONE = (kind, phase, millis) -> {};

    /**
     * @param kind of the operation, as users are told
     * @param phase that it is in now, likewise
     * @param millis since it was begun
     */
    void reached(String kind, String phase, long millis);
}
