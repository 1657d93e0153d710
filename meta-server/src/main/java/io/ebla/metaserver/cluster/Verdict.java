package io.ebla.metaserver.cluster;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import java.util.Objects;

/** What became of a command. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "verdict")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Verdict.Changed.class, name = "changed"),
    @JsonSubTypes.Type(value = Verdict.Unchanged.class, name = "unchanged"),
    @JsonSubTypes.Type(value = Verdict.Refused.class, name = "refused")
})
public sealed interface Verdict {

    /** It took effect: the state has a new version. */
    record Changed() implements Verdict {}

    /** What it asks for was so already. */
    record Unchanged() implements Verdict {}

    /** It changed nothing. */
    record Refused(ErrorCode code, String detail) implements Verdict {

        public Refused {
            Objects.requireNonNull(code);
            Objects.requireNonNull(detail);
        }
    }

    /**
     * Whether the command took effect.
     *
     * @throws EblaException if it was refused
     */
    default boolean changed() {
        if (this instanceof Refused refused) {
            throw new EblaException(refused.code(), refused.detail());
        }
        return this instanceof Changed;
    }
}
