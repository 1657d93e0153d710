package io.ebla.cli;

import io.ebla.client.EblaClientException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Tells a failed command's reason in one line, and its kind by the exit status. */
final class Failures implements IExecutionExceptionHandler {

    private final Console console;

    Failures(Console console) {
        this.console = console;
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine line, ParseResult parsed) {
        console.flush();
        if (failure instanceof EblaClientException refused) {
            return tell(message(refused), ExitCode.of(refused));
        }
        if (failure instanceof NoSuchFileException missing) {
            return tell("no such file: " + missing.getFile(), ExitCode.USAGE);
        }
        if (failure instanceof IllegalArgumentException wrong) {
            return tell(wrong.getMessage(), ExitCode.USAGE);
        }
        if (failure instanceof OutputEnded ended) {
            return tell(ended.getMessage(), ExitCode.OUTPUT_ENDED);
        }
        if (failure instanceof IOException broken) {
            return tell(String.valueOf(broken.getMessage()), ExitCode.FAILED);
        }
        failure.printStackTrace(console.errors());
        return ExitCode.FAILED;
    }

    static String message(EblaClientException failure) {
        String text = failure.code() + ": " + failure.detail();
        if (failure.failedOperation().isPresent()) {
            text += " (operation " + failure.failedOperation().getAsInt() + ")";
        }
        return failure.outcome().isEmpty()
                ? text
                : text + " [" + failure.outcome().get().text() + "]";
    }

    private int tell(String reason, int status) {
        console.errors().println("ebla: " + reason);
        console.errors().flush();
        return status;
    }
}
