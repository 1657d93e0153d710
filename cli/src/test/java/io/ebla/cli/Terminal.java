package io.ebla.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Runs commands as a user would and keeps what they say. */
final class Terminal {

    private final Map<String, String> environment = new HashMap<>();
    private InputStream input = InputStream.nullInputStream();
    private ByteArrayOutputStream out = new ByteArrayOutputStream();
    private ByteArrayOutputStream err = new ByteArrayOutputStream();

    Terminal(String url) {
        environment.put("EBLA_URL", url);
    }

    Terminal with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    Terminal input(String text) {
        return input(text.getBytes(StandardCharsets.UTF_8));
    }

    Terminal input(byte[] bytes) {
        return input(new ByteArrayInputStream(bytes));
    }

    Terminal input(InputStream stream) {
        input = stream;
        return this;
    }

    int run(String... arguments) {
        out = new ByteArrayOutputStream();
        return run(out, arguments);
    }

    /** Runs a command whose output nobody takes. */
    int runUnread(String... arguments) {
        return run(
                new OutputStream() {
                    @Override
                    public void write(int value) throws IOException {
                        throw new IOException("Broken pipe");
                    }
                },
                arguments);
    }

    private int run(OutputStream sink, String... arguments) {
        err = new ByteArrayOutputStream();
        Console console =
                new Console(
                        input,
                        new PrintStream(sink, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8));
        int status = Ebla.run(console, environment, arguments);
        console.flush();
        return status;
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
