package io.ebla.tabletserver.condition;

/** Which media types hold JSON: {@code application/json} and everything that ends in {@code +json}. */
public final class JsonTypes {

    private JsonTypes() {}

    /** @param contentType as the writer gave it, parameters and all */
    public static boolean isJson(String contentType) {
        if (contentType.equals("application/json")) {
            return true;
        }
        int end = contentType.indexOf(';');
        if (end < 0) {
            end = contentType.length();
        }
        while (end > 0 && contentType.charAt(end - 1) <= ' ') {
            end--;
        }
        String json = "application/json";
        return (end == json.length() && contentType.regionMatches(true, 0, json, 0, end))
                || (end > 6 && contentType.regionMatches(true, end - 5, "+json", 0, 5));
    }
}
