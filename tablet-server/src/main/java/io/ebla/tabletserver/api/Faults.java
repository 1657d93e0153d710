package io.ebla.tabletserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.server.reactive.ServerHttpRequest;

/**
 * What no handler expected: logged once with the request's id, which is all that the caller is told.
 */
final class Faults {

    private static final Logger LOG = LoggerFactory.getLogger(Faults.class);

    private Faults() {}

    /** @param atomicWrite a write that broke down midway may have been applied */
    static EblaException toFailure(
            Throwable fault, ServerHttpRequest request, boolean atomicWrite) {
        LOG.error("request {} failed", request.getId(), fault);
        EblaException failure =
                new EblaException(
                        ErrorCode.INTERNAL, "internal error; the log has it as " + request.getId());
        return atomicWrite ? failure.withOutcome(Outcome.UNKNOWN) : failure;
    }
}
