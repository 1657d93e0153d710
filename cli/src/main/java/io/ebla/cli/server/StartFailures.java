package io.ebla.cli.server;

import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.web.server.PortInUseException;

/** Puts the reason why a server did not start into words for its operator. */
final class StartFailures {

    private StartFailures() {}

    static StartRefused explain(RuntimeException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof StartRefused refused) {
                return refused;
            }
            if (cause instanceof PortInUseException taken) {
                return new StartRefused(
                        "port "
                                + taken.getPort()
                                + " is in use; stop what listens there or choose another with"
                                + " --http-port",
                        failure);
            }
            if (cause instanceof BindException wrong) {
                return new StartRefused("wrong setting: " + innermost(wrong), failure);
            }
        }
        return new StartRefused("cannot start: " + innermost(failure), failure);
    }

    private static String innermost(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }
}
