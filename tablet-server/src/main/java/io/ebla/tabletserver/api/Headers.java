package io.ebla.tabletserver.api;

/** Names of the headers that are Ebla's own, or that Spring has no name for. */
final class Headers {

    static final String OUTCOME = "Ebla-Outcome";
    static final String COPIES = "Ebla-Copies";
    static final String POSITION = "Ebla-Position";
    static final String CREATED_AT = "Ebla-Created-At";
    static final String EXPIRES_AT = "Ebla-Expires-At";
    static final String IDEMPOTENCY_KEY = "Idempotency-Key";
    static final String IDEMPOTENT_REPLAY = "Idempotent-Replay";

    private Headers() {}
}
