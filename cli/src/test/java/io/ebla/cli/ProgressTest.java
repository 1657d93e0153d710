package io.ebla.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class ProgressTest {

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Console console =
            new Console(
                    InputStream.nullInputStream(),
                    new PrintStream(new ByteArrayOutputStream()),
                    new PrintStream(err));

    @Test
    void aKnownSizeShowsABarAndWhatIsLeft() {
        try (Progress progress = Progress.start(console, true, "imported", 2_000_000)) {
            progress.add(1234, 500_000);
            assertThat(progress.text())
                    .startsWith("[######------------------]  25% imported 1,234 lines, 500 kB, ")
                    .endsWith(" s left");
        }
    }

    @Test
    void anUnknownSizeShowsCounts() {
        try (Progress progress = Progress.start(console, true, "exported", -1)) {
            progress.add(5, 25_000_000);
            assertThat(progress.text()).startsWith("exported 5 lines, 25 MB, ").endsWith("/s");
        }
    }

    @Test
    void quietSaysNothing() {
        try (Progress progress = Progress.start(console, true, "exported", -1)) {
            progress.add(1, 1);
        }
        console.flush();
        assertThat(err.size()).isZero();
    }
}
