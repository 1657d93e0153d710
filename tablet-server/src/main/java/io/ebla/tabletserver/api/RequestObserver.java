package io.ebla.tabletserver.api;

/** Told of every answered request, for metrics. Called on event loops: short, never blocking. */
@FunctionalInterface
public interface RequestObserver {

    RequestObserver NONE = (operation, status, nanos) -> {};

    /**
     * @param operation resource and method, {@code row.get}: few and fixed
     * @param status the HTTP status of the answer
     * @param nanos from the request's head to the answer, a stream's to its beginning
     */
    void answered(String operation, int status, long nanos);
}
