package io.ebla.tabletserver.tablet;

import io.ebla.core.contract.EblaException;

/** Where an answer goes. Called exactly once; exactly one of the arguments is null. */
@FunctionalInterface
public interface Reply<T> {

    void complete(T result, EblaException failure);
}
