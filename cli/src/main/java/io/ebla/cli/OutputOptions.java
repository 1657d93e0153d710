package io.ebla.cli;

import picocli.CommandLine.Option;

/** In which form a command answers. */
final class OutputOptions {

    /** For people, or for programs. */
    enum Form {
        TEXT,
        JSON
    }

    @Option(
            names = "--output",
            paramLabel = "text|json",
            defaultValue = "text",
            description = "The form of the answer (default: ${DEFAULT-VALUE}).")
    private Form form;

    boolean json() {
        return form == Form.JSON;
    }
}
