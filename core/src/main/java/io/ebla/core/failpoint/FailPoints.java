package io.ebla.core.failpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/**
 * Moments of procedures in which a test may hold this process, to kill it in that very moment.
 *
 * <pre>
 *   off       the variable EBLA_FAILPOINTS is not set when the process starts: a point is a constant that is
 *             false, and costs nothing
 *   on        it names a directory: each point that is passed looks for a file of its name there
 *   armed     there is such a file: the first thread that comes by renames it to NAME.reached, and is held
 *   released  that file is removed: the thread goes on, and nothing has happened
 * </pre>
 *
 * <p>The process does not end itself. What follows the point never happens on the thread that is held, and
 * whoever armed it sends a real SIGKILL: that is the kill which is to be survived ({@code Runtime.halt} runs
 * what C libraries have left for an exit), it cannot be taken for a process that ended by itself, and nothing
 * of this in a server can end it. Other threads go on until then, for some milliseconds, as they would beside
 * a thread that is not scheduled.
 *
 * <p>There are points of two kinds: a {@link NodeMoment} of a tablet server, and each phase of each procedure
 * as the metadata has it, named {@code PROCEDURE.PHASE}, on every meta-server as soon as it has applied it.
 * What is armed is a file of this machine and the switch is the environment, so that nobody reaches it over
 * the network. Any thread.
 */
public final class FailPoints {

    private static final Logger LOG = System.getLogger(FailPoints.class.getName());

    private static final String VARIABLE = "EBLA_FAILPOINTS";
    private static final String REACHED = ".reached";
    private static final long LOOK_AGAIN_MILLIS = 20;

    private static final FailPoints OF_PROCESS = of(System.getenv(VARIABLE));

    /** Whether there are any in this process. */
    public static final boolean ON = OF_PROCESS != null;

    private final Path directory;

    FailPoints(Path directory) {
        this.directory = directory;
    }

    private static FailPoints of(String place) {
        return place == null || place.isEmpty() ? null : new FailPoints(Path.of(place));
    }

    /** Says loudly that they are on, where they are; to be called at the start of a server. */
    public static void announce() {
        if (ON) {
            LOG.log(
                    Level.WARNING,
                    "event=fail_points_on directory={0} detail=\"{1} IS SET: this server is held wherever a file"
                            + " there says so, and serves nobody then; it is for tests only\"",
                    OF_PROCESS.directory,
                    VARIABLE);
        }
    }

    /** This process has come to a moment; returns at once unless a test waits for it. */
    public static void reached(NodeMoment moment) {
        if (ON) {
            OF_PROCESS.pass(moment.point());
        }
    }

    /** A procedure has come to a phase, as far as this process knows; else likewise. */
    public static void reached(String procedure, Enum<?> phase) {
        if (ON) {
            OF_PROCESS.pass(point(procedure, phase));
        }
    }

    /** How the point of a phase is called. */
    public static String point(String procedure, Enum<?> phase) {
        return procedure + "." + phase.name().toLowerCase(Locale.ROOT);
    }

    void pass(String point) {
        Path armed = directory.resolve(point);
        Path reached = directory.resolve(point + REACHED);
        if (!Files.exists(armed)) {
            return;
        }
        try {
            Files.move(armed, reached, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException another) {
            return; // came by first
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
        LOG.log(Level.WARNING, "event=fail_point_reached point={0}", point);
        hold(reached);
        LOG.log(Level.WARNING, "event=fail_point_released point={0}", point);
    }

    private static void hold(Path reached) {
        try {
            while (Files.exists(reached)) {
                Thread.sleep(LOOK_AGAIN_MILLIS);
            }
        } catch (InterruptedException over) {
            Thread.currentThread().interrupt();
        }
    }
}
