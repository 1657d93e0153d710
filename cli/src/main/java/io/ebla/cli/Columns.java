package io.ebla.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Lines of fields under a heading, each column as wide as its widest field. */
final class Columns {

    private static final String GAP = "  ";

    private final List<List<String>> lines = new ArrayList<>();

    Columns(String... heading) {
        lines.add(List.of(heading));
    }

    /** @param fields as many as there are columns; null is shown as a dash */
    Columns add(Object... fields) {
        List<String> line = new ArrayList<>();
        for (Object field : fields) {
            line.add(field == null || field.toString().isEmpty() ? "-" : field.toString());
        }
        lines.add(line);
        return this;
    }

    void print(PrintWriter out) {
        int[] widths = new int[lines.get(0).size()];
        for (List<String> line : lines) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], line.get(column).length());
            }
        }
        for (List<String> line : lines) {
            StringBuilder text = new StringBuilder();
            for (int column = 0; column < widths.length; column++) {
                String field = line.get(column);
                text.append(field).append(" ".repeat(widths[column] - field.length())).append(GAP);
            }
            out.println(text.toString().stripTrailing());
        }
    }
}
