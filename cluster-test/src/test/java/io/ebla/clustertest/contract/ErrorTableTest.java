package io.ebla.clustertest.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.contract.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every code of the contract stands in {@code src/docs/errors.md} with a test that provokes it over a socket,
 * or nothing in the product raises it.
 */
class ErrorTableTest {

    private static final Path ROOT = Path.of("..");
    private static final Pattern CODE =
            Pattern.compile("\\| `([a-z_]+)` \\| (\\d+) \\| [^|]+ \\| (\\S+) \\|");
    private static final Pattern STATUS = Pattern.compile("\\| (\\d+) \\| [^|]+ \\| (\\S+) \\|");

    private record Line(String what, int status, String shownBy) {}

    @Test
    void everyCodeHasItsLineAndItsStatus() throws IOException {
        List<Line> lines = codes();
        assertThat(lines)
                .extracting(Line::what)
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(ErrorCode.values()).map(ErrorCode::text).toList());
        for (Line line : lines) {
            assertThat(line.status()).as(line.what()).isEqualTo(code(line).status());
        }
    }

    @Test
    void everyCodeIsProvokedByTheTestThatIsNamed() throws IOException {
        for (Line line : codes()) {
            if (line.shownBy().equals("-")) {
                assertThat(raising(code(line))).as("raised: %s", line.what()).isEmpty();
            } else {
                assertShown(line);
            }
        }
    }

    @Test
    void everyStatusOfSuccessIsShown() throws IOException {
        List<Line> lines = read(STATUS, 0, 1, 2);
        assertThat(lines).extracting(Line::status).containsExactly(200, 201, 202, 204, 304);
        for (Line line : lines) {
            assertShown(line);
        }
    }

    /** The page that is served says the same codes. */
    @Test
    void theOpenApiDocumentKnowsTheSameCodes() throws IOException {
        String yaml = Files.readString(ROOT.resolve("src/openapi/ebla.yaml"));
        Matcher listed =
                Pattern.compile("enum: \\[(invalid_argument,[^]]+)]", Pattern.DOTALL).matcher(yaml);
        assertThat(listed.find()).isTrue();
        assertThat(listed.group(1).trim().split(",\\s+"))
                .containsExactlyInAnyOrder(
                        Arrays.stream(ErrorCode.values())
                                .map(ErrorCode::text)
                                .toArray(String[]::new));
    }

    private static ErrorCode code(Line line) {
        return ErrorCode.valueOf(line.what().toUpperCase(Locale.ROOT));
    }

    private static List<Line> codes() throws IOException {
        return read(CODE, 1, 2, 3);
    }

    private static List<Line> read(Pattern form, int what, int status, int shownBy)
            throws IOException {
        List<Line> lines = new ArrayList<>();
        for (String line : Files.readAllLines(ROOT.resolve("src/docs/errors.md"))) {
            Matcher cells = form.matcher(line);
            if (cells.matches()) {
                String text = what == 0 ? cells.group(status) : cells.group(what);
                String test = cells.group(shownBy).replace("`", "");
                lines.add(new Line(text, Integer.parseInt(cells.group(status)), test));
            }
        }
        return lines;
    }

    /** The test is there, and it or a method of its class that it calls names the code. */
    private static void assertShown(Line line) throws IOException {
        String[] test = line.shownBy().split("#");
        List<Path> found = javaFiles("test", test[0] + ".java");
        assertThat(found).as(line.shownBy()).hasSize(1);
        String source = Files.readString(found.get(0));
        String method = method(source, test[1]);
        assertThat(method)
                .as("a test: %s", line.shownBy())
                .containsPattern("@(Parameterized)?Test");
        StringBuilder whole = new StringBuilder(method);
        Matcher calls = Pattern.compile("(?<![.\\w])(\\w+)\\(").matcher(method);
        Set<String> called = new TreeSet<>();
        while (calls.find()) {
            called.add(calls.group(1));
        }
        called.forEach(name -> whole.append(method(source, name)));
        assertThat(whole.toString())
                .as("%s names %s", line.shownBy(), line.what())
                .containsPattern("(?<!\\w)" + line.what() + "(?!\\w)");
    }

    /** A method with its annotations, "" if the class has none of that name. */
    private static String method(String source, String name) {
        Matcher declared =
                Pattern.compile(
                                "\n    (?=\\S)(?:(?:public|private|static) )*[\\w<>.\\[\\], ]+ "
                                        + name
                                        + "\\(")
                        .matcher(source);
        if (!declared.find()) {
            return "";
        }
        int before = Math.max(0, source.lastIndexOf("\n    }\n", declared.start()));
        int end = source.indexOf("\n    }\n", declared.start());
        return source.substring(before, end < 0 ? source.length() : end);
    }

    private static List<String> raising(ErrorCode code) throws IOException {
        List<String> raising = new ArrayList<>();
        for (Path file : javaFiles("main", "")) {
            boolean own = file.endsWith("ErrorCode.java");
            if (!own && Files.readString(file).contains("ErrorCode." + code.name())) {
                raising.add(file.toString());
            }
        }
        return raising;
    }

    /** Sources of all modules whose name ends so. */
    private static List<Path> javaFiles(String kind, String end) throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path module : modules.toList()) {
                Path sources = module.resolve("src").resolve(kind).resolve("java");
                if (Files.isDirectory(sources)) {
                    try (Stream<Path> files = Files.walk(sources)) {
                        files.filter(file -> file.toString().endsWith(".java"))
                                .filter(
                                        file ->
                                                end.isEmpty()
                                                        || file.getFileName()
                                                                .toString()
                                                                .equals(end))
                                .forEach(found::add);
                    }
                }
            }
        }
        return found;
    }
}
