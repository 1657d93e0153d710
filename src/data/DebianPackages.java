import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Turns the stanzas of a Debian package index into the lines {@code ebla import} reads.
 *
 * <p>{@code apt-cache dumpavail | java src/data/DebianPackages.java > packages.ndjson}
 *
 * <p>A stanza becomes one row: pk is the package's name, sk its version, data an object of all its
 * fields. Sizes are numbers, everything else is a string; the lines of a folded field are joined by
 * a line feed, with the one space that marks them as continuations taken off.
 */
final class DebianPackages {

    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,15}|0");

    public static void main(String[] arguments) throws IOException {
        long rows = 0;
        try (BufferedReader in =
                        new BufferedReader(
                                new InputStreamReader(System.in, StandardCharsets.UTF_8), 1 << 16);
                PrintWriter out =
                        new PrintWriter(
                                new BufferedWriter(
                                        new OutputStreamWriter(System.out, StandardCharsets.UTF_8),
                                        1 << 16))) {
            Map<String, String> stanza = new LinkedHashMap<>();
            String field = null;
            for (String line = in.readLine(); ; line = in.readLine()) {
                if (line == null || line.isEmpty()) {
                    rows += write(stanza, out);
                    stanza.clear();
                    if (line == null) {
                        break;
                    }
                } else if (line.startsWith(" ") || line.startsWith("\t")) {
                    stanza.merge(field, line.substring(1), (before, more) -> before + "\n" + more);
                } else {
                    int colon = line.indexOf(':');
                    field = line.substring(0, colon);
                    stanza.put(field, line.substring(colon + 1).strip());
                }
            }
        }
        System.err.println(rows + " rows");
    }

    private static int write(Map<String, String> stanza, PrintWriter out) {
        if (!stanza.containsKey("Package") || !stanza.containsKey("Version")) {
            return 0;
        }
        StringBuilder line = new StringBuilder(1024);
        line.append("{\"pk\":").append(quoted(stanza.get("Package")));
        line.append(",\"sk\":").append(quoted(stanza.get("Version"))).append(",\"data\":{");
        String separator = "";
        for (Map.Entry<String, String> field : stanza.entrySet()) {
            line.append(separator).append(quoted(field.getKey())).append(':');
            boolean size = field.getKey().endsWith("Size");
            boolean number = size && NUMBER.matcher(field.getValue()).matches();
            line.append(number ? field.getValue() : quoted(field.getValue()));
            separator = ",";
        }
        out.append(line.append("}}\n"));
        return 1;
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder(text.length() + 16).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> json.append("\\\"");
                case '\\' -> json.append("\\\\");
                case '\n' -> json.append("\\n");
                case '\t' -> json.append("\\t");
                default -> json.append(c < ' ' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
            }
        }
        return json.append('"').toString();
    }
}
