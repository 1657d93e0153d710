package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.key.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LineSplitterTest {

    private static final int LINE_MAX = 20;

    private static final class Heard implements LineSplitter.Listener {

        final List<String> lines = new ArrayList<>();

        @Override
        public void line(long number, Bytes line) {
            lines.add(number + ":" + line.toUtf8());
        }

        @Override
        public void tooLong(long number) {
            lines.add(number + " is too long");
        }
    }

    @Test
    void countsEveryLineAndNeedsNoBreakAfterTheLast() {
        assertThat(split("a\n\nb\r\nc", 100)).containsExactly("1:a", "2:", "3:b\r", "4:c");
        assertThat(split("a\n", 100)).containsExactly("1:a");
        assertThat(split("", 100)).isEmpty();
    }

    @Test
    void aLineThatIsTooLongIsToldOfAndTheNextOneRead() {
        String text =
                "ok\n" + "x".repeat(500) + "\nfine\n" + "y".repeat(21) + "\n" + "z".repeat(20);
        for (int piece : new int[] {1, 3, 19, 20, 21, 1000}) {
            assertThat(split(text, piece))
                    .containsExactly(
                            "1:ok",
                            "2 is too long",
                            "3:fine",
                            "4 is too long",
                            "5:" + "z".repeat(20));
        }
        assertThat(split("a\n" + "x".repeat(50), 7)).containsExactly("1:a", "2 is too long");
    }

    @Test
    void howeverABodyIsCutItsLinesAreTheSame() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int run = 0; run < 500; run++) {
            StringBuilder text = new StringBuilder();
            List<String> expected = new ArrayList<>();
            int lines = random.nextInt(12);
            for (int i = 1; i <= lines; i++) {
                String line = "e\u00e9".repeat(random.nextInt(10));
                int bytes = line.getBytes(StandardCharsets.UTF_8).length;
                expected.add(bytes > LINE_MAX ? i + " is too long" : i + ":" + line);
                text.append(line).append('\n');
            }
            Heard heard = new Heard();
            LineSplitter splitter = new LineSplitter(LINE_MAX, heard);
            byte[] body = text.toString().getBytes(StandardCharsets.UTF_8);
            for (int at = 0; at < body.length; ) {
                int to = Math.min(body.length, at + 1 + random.nextInt(30));
                splitter.feed(Arrays.copyOfRange(body, at, to));
                at = to;
            }
            splitter.end();
            assertThat(heard.lines).as("seed " + seed).isEqualTo(expected);
        }
    }

    private static List<String> split(String text, int pieceBytes) {
        Heard heard = new Heard();
        LineSplitter splitter = new LineSplitter(LINE_MAX, heard);
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at < body.length; at += pieceBytes) {
            splitter.feed(Arrays.copyOfRange(body, at, Math.min(body.length, at + pieceBytes)));
        }
        splitter.end();
        return heard.lines;
    }
}
