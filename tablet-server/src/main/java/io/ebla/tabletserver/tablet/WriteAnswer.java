package io.ebla.tabletserver.tablet;

import io.ebla.core.contract.EblaException;

/**
 * How one of several independent writes ended: exactly one of the two is null.
 *
 * @param result how it ended well
 * @param failure why it did not, with the outcome that is known
 */
public record WriteAnswer(WriteResult result, EblaException failure) {

    public WriteAnswer {
        if ((result == null) == (failure == null)) {
            throw new IllegalArgumentException("a write ends well or fails, one of both");
        }
    }
}
