package io.ebla.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Tells which build this is. */
@Command(name = "version", description = "Tells which Ebla, built when, on which Java.")
final class VersionCommand implements Callable<Integer> {

    private final Console console;

    VersionCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        Properties build = new Properties();
        try (InputStream in = Ebla.class.getResourceAsStream("/META-INF/build-info.properties")) {
            if (in != null) {
                build.load(in);
            }
        }
        console.writer()
                .println(
                        "ebla "
                                + build.getProperty("build.version", "unpackaged")
                                + ", built "
                                + build.getProperty("build.time", "now")
                                + ", Java "
                                + Runtime.version());
        return ExitCode.DONE;
    }
}
