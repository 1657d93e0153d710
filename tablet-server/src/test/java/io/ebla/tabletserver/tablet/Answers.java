package io.ebla.tabletserver.tablet;

import io.ebla.core.contract.EblaException;

/** One answer, once it comes: a reply that keeps what it was told, and refuses to be told twice. */
final class Answers<T> implements Reply<T> {

    private T result;
    private EblaException failure;
    private boolean given;

    @Override
    public void complete(T completed, EblaException failed) {
        if (given) {
            throw new IllegalStateException("answered twice");
        }
        if ((completed == null) == (failed == null)) {
            throw new IllegalStateException("neither result nor failure, or both");
        }
        given = true;
        result = completed;
        failure = failed;
    }

    boolean given() {
        return given;
    }

    /** Whether it ended with a result. */
    boolean succeeded() {
        return given && failure == null;
    }

    T result() {
        if (!given) {
            throw new AssertionError("not answered yet");
        }
        if (failure != null) {
            throw new AssertionError("failed: " + failure);
        }
        return result;
    }

    EblaException failure() {
        if (!given || failure == null) {
            throw new AssertionError(given ? "ended well: " + result : "not answered yet");
        }
        return failure;
    }
}
