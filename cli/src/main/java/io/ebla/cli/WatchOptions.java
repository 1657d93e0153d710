package io.ebla.cli;

import io.ebla.client.EblaClientException;
import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** Showing something once, or again and again until the command is ended. */
final class WatchOptions {

    private static final String HOME = "\u001b[H";
    private static final String CLEAR_LINE = "\u001b[K";
    private static final String CLEAR_REST = "\u001b[J";
    private static final String CLEAR = "\u001b[2J";

    @Option(names = "--watch", description = "Show it every second, until Ctrl-C.")
    private boolean watch;

    /** @param show writes what there is to see now; may fail as calls to a server do */
    int show(Console console, Consumer<PrintWriter> show) throws InterruptedException {
        if (!watch) {
            show.accept(console.writer());
            return ExitCode.DONE;
        }
        CountDownLatch never = new CountDownLatch(1);
        console.writer().print(console.drawsOver() ? CLEAR : "");
        do {
            draw(console, show);
        } while (!never.await(1, TimeUnit.SECONDS) && !console.writer().checkError());
        return ExitCode.OUTPUT_ENDED;
    }

    /** All at once, over what was there before, so that nothing flickers. */
    private static void draw(Console console, Consumer<PrintWriter> show) {
        java.io.StringWriter text = new java.io.StringWriter();
        PrintWriter page = new PrintWriter(text);
        try {
            show.accept(page);
        } catch (EblaClientException unanswered) {
            page.println("ebla: " + Failures.message(unanswered));
        }
        page.flush();
        PrintWriter out = console.writer();
        if (console.drawsOver()) {
            out.print(HOME + text.toString().replace("\n", CLEAR_LINE + "\n") + CLEAR_REST);
        } else {
            out.print(text);
        }
        out.flush();
    }
}
