package io.ebla.tabletserver.api;

import java.util.ArrayList;
import java.util.List;

/**
 * The entity tags of an {@code If-Match} or {@code If-None-Match} header (RFC 9110, 8.8.3, 13.1).
 *
 * @param any whether it is {@code *}
 * @param weak whether a weak tag is among them
 * @param versions the opaque tags, without quotes
 */
record EntityTags(boolean any, boolean weak, List<String> versions) {

    /**
     * @param lines the header's values, which form one list
     * @return null when they are malformed
     */
    static EntityTags parse(List<String> lines) {
        String text = lines.size() == 1 ? lines.get(0).trim() : String.join(",", lines).trim();
        if (text.equals("*")) {
            return new EntityTags(true, false, List.of());
        }
        List<String> versions = new ArrayList<>(2);
        boolean weak = false;
        int at = 0;
        while (at < text.length()) {
            if (text.startsWith("W/\"", at)) {
                weak = true;
                at += 2;
            }
            int close = text.charAt(at) == '"' ? text.indexOf('"', at + 1) : -1;
            if (close < 0) {
                return null;
            }
            versions.add(text.substring(at + 1, close));
            at = afterSeparator(text, close + 1);
            if (at < 0) {
                return null;
            }
        }
        return versions.isEmpty() ? null : new EntityTags(false, weak, versions);
    }

    /** Skips one or more commas and blanks; -1 when a tag is followed by something else. */
    private static int afterSeparator(String text, int from) {
        boolean comma = false;
        for (int at = from; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == ',') {
                comma = true;
            } else if (c != ' ' && c != '\t') {
                return comma ? at : -1;
            }
        }
        return text.length();
    }

    boolean matches(String version) {
        return any || versions.contains(version);
    }
}
