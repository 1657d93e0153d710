import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Turns the JSON files of Debian's {@code iso-codes} into the lines {@code ebla import} reads.
 *
 * <p>{@code java src/data/IsoCodes.java [DIRECTORY [STANDARD...]] > iso-codes.ndjson}
 *
 * <p>An entry becomes one row: pk is the standard ({@code 3166-1}), sk the entry's code, data the
 * entry as it stands in the file but for the white space between its members. The files hold a
 * list of flat objects under the standard's name, which is all that is understood here.
 */
final class IsoCodes {

    private static final Map<String, String> CODE_OF_STANDARD =
            Map.of(
                    "15924", "alpha_4",
                    "3166-1", "alpha_2",
                    "3166-2", "code",
                    "3166-3", "alpha_4",
                    "4217", "alpha_3",
                    "639-2", "alpha_3",
                    "639-3", "alpha_3",
                    "639-5", "alpha_3");

    public static void main(String[] arguments) throws IOException {
        Path directory =
                Path.of(arguments.length > 0 ? arguments[0] : "/usr/share/iso-codes/json");
        List<String> standards =
                arguments.length > 1
                        ? List.of(arguments).subList(1, arguments.length)
                        : CODE_OF_STANDARD.keySet().stream().sorted().toList();
        long rows = 0;
        try (PrintWriter out =
                new PrintWriter(
                        new BufferedWriter(
                                new OutputStreamWriter(System.out, StandardCharsets.UTF_8)))) {
            for (String standard : standards) {
                String file = Files.readString(directory.resolve("iso_" + standard + ".json"));
                rows += write(standard, compact(file), out);
            }
        }
        System.err.println(rows + " rows");
    }

    /** Writes every innermost object of the file as a row. */
    private static long write(String standard, String json, PrintWriter out) {
        String member = "\"" + CODE_OF_STANDARD.get(standard) + "\":\"";
        long rows = 0;
        int start = -1;
        for (int at = 0; at < json.length(); at = next(json, at)) {
            if (json.charAt(at) == '{') {
                start = at;
            } else if (json.charAt(at) == '}' && start >= 0) {
                String entry = json.substring(start, at + 1);
                int code = entry.indexOf(member) + member.length();
                String sk = entry.substring(code, entry.indexOf('"', code));
                out.append("{\"pk\":\"" + standard + "\",\"sk\":\"" + sk + "\",\"data\":");
                out.append(entry).append("}\n");
                rows++;
                start = -1;
            }
        }
        return rows;
    }

    /** The same JSON without the white space outside its strings. */
    private static String compact(String json) {
        StringBuilder out = new StringBuilder(json.length());
        for (int at = 0; at < json.length(); at = next(json, at)) {
            if (!Character.isWhitespace(json.charAt(at))) {
                out.append(json, at, next(json, at));
            }
        }
        return out.toString();
    }

    /** Where the next character outside strings stands: a string is stepped over as one. */
    private static int next(String json, int at) {
        if (json.charAt(at) != '"') {
            return at + 1;
        }
        int end = at + 1;
        while (json.charAt(end) != '"') {
            end += json.charAt(end) == '\\' ? 2 : 1;
        }
        return end + 1;
    }
}
