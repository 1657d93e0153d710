package io.ebla.tabletserver;

import io.ebla.tabletserver.tablet.FatalExit;
import java.util.Timer;
import java.util.TimerTask;

/**
 * Ends the process a grace after its journal failed (L3), so that reads go on for a moment. It has a
 * thread of its own, made when it is needed: whatever else hangs on the failing disk, this does not.
 */
final class FatalExitTimer {

    private final FatalExit fatalExit;
    private final long graceMillis;

    FatalExitTimer(FatalExit fatalExit, long graceMillis) {
        this.fatalExit = fatalExit;
        this.graceMillis = graceMillis;
    }

    void start(String reason) {
        new Timer("ebla-fatal-exit", true)
                .schedule(
                        new TimerTask() {
                            @Override
                            public void run() {
                                fatalExit.exit(reason);
                            }
                        },
                        graceMillis);
    }
}
