package io.ebla.clustertest.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A command of the system that ends by itself. */
public final class Command {

    private Command() {}

    /**
     * Runs it to its end.
     *
     * @return what it printed
     * @throws AssertionError if it failed
     */
    public static String run(String... command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(List.of(command) + ": " + output);
            }
            return output;
        } catch (IOException notStarted) {
            throw new UncheckedIOException(notStarted);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", interrupted);
        }
    }

    /** Whether it can be run and ends well. */
    public static boolean works(String... command) {
        try {
            run(command);
            return true;
        } catch (AssertionError | UncheckedIOException not) {
            return false;
        }
    }
}
