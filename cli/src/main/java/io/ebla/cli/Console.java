package io.ebla.cli;

import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/** Where a command reads and writes; text is UTF-8 whatever the locale says. */
final class Console {

    private final InputStream in;
    private final PrintStream out;
    private final PrintWriter writer;
    private final PrintWriter errors;

    Console(InputStream in, PrintStream out, PrintStream err) {
        this.in = in;
        this.out = out;
        this.writer = new PrintWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), true);
        this.errors = new PrintWriter(new OutputStreamWriter(err, StandardCharsets.UTF_8), true);
    }

    InputStream in() {
        return in;
    }

    /** For bytes; whoever also writes text to {@link #writer} flushes in between. */
    PrintStream out() {
        return out;
    }

    PrintWriter writer() {
        return writer;
    }

    PrintWriter errors() {
        return errors;
    }

    /** Whether a person watches the error stream; the launcher knows. */
    boolean isTerminal() {
        return Boolean.getBoolean("ebla.terminal");
    }

    /** Whether a person watches the output itself. */
    boolean drawsOver() {
        return Boolean.getBoolean("ebla.terminal.out");
    }

    void flush() {
        writer.flush();
        errors.flush();
        out.flush();
    }
}
