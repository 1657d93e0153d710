package io.ebla.tabletserver.membership;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How a tablet server keeps in touch with the meta-servers.
 *
 * @param heartbeat pause between two reports
 * @param mapWait how long one question for a newer map may stand open
 * @param callTimeout how long any other call may take
 * @param backoffMin first pause after a failed call
 * @param backoffMax longest pause after repeated failures
 * @param readyPatience how long the start waits for the tablets of this node to serve before it says so
 * @param leave how long the end waits for masterships to be handed over
 */
@ConfigurationProperties("ebla.membership")
public record MembershipProperties(
        @DefaultValue("250ms") Duration heartbeat,
        @DefaultValue("20s") Duration mapWait,
        @DefaultValue("5s") Duration callTimeout,
        @DefaultValue("20ms") Duration backoffMin,
        @DefaultValue("1s") Duration backoffMax,
        @DefaultValue("30s") Duration readyPatience,
        @DefaultValue("10s") Duration leave) {

    public MembershipProperties {
        require(heartbeat, "heartbeat");
        require(mapWait, "map-wait");
        require(callTimeout, "call-timeout");
        require(backoffMin, "backoff-min");
        require(backoffMax, "backoff-max");
        require(readyPatience, "ready-patience");
        require(leave, "leave");
    }

    /** Pauses after failures, from the first on. */
    Backoff backoff() {
        return new Backoff(backoffMin, backoffMax);
    }

    private static void require(Duration value, String name) {
        if (value.toMillis() <= 0) {
            throw new IllegalArgumentException("ebla.membership." + name + " cannot be " + value);
        }
    }
}
