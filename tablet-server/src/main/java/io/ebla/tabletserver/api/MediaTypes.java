package io.ebla.tabletserver.api;

import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;

/** Content types and what a client accepts. */
final class MediaTypes {

    static final int LONGEST = 255;
    static final String OCTET_STREAM = "application/octet-stream";

    private MediaTypes() {}

    /** {@code application/json} or any {@code +json}, whatever its parameters. */
    static boolean isJson(String contentType) {
        if (contentType.equals(Answer.JSON)) {
            return true;
        }
        int end = contentType.indexOf(';');
        int length = (end < 0 ? contentType : contentType.substring(0, end)).trim().length();
        return contentType.regionMatches(true, 0, Answer.JSON, 0, length)
                        && length == Answer.JSON.length()
                || length > 5 && contentType.regionMatches(true, length - 5, "+json", 0, 5);
    }

    /**
     * The content type of a value as it will be kept.
     *
     * @param given the header, or null
     * @throws io.ebla.core.contract.EblaException when it is none, or too long
     */
    static String ofValue(String given) {
        if (given == null) {
            return OCTET_STREAM;
        }
        if (given.equals(Answer.JSON) || given.equals(OCTET_STREAM)) {
            return given;
        }
        if (given.length() > LONGEST) {
            throw Problems.invalid("the content type has more than " + LONGEST + " characters");
        }
        MediaType type = parse(given);
        if (!type.isConcrete()) {
            throw Problems.invalid("'" + given + "' is no content type of a value");
        }
        return given.trim();
    }

    private static MediaType parse(String text) {
        try {
            return MediaType.parseMediaType(text);
        } catch (InvalidMediaTypeException malformed) {
            throw Problems.invalid("'" + text + "' is no content type");
        }
    }

    /** Whether an Accept header, if any, leaves room for a type. A malformed one is refused. */
    static boolean accepts(HttpHeaders headers, String mediaType) {
        List<String> given = headers.get(HttpHeaders.ACCEPT);
        if (given == null || given.isEmpty()) {
            return true;
        }
        MediaType offered = MediaType.parseMediaType(mediaType);
        boolean any = false;
        for (MediaType accepted : acceptedTypes(given)) {
            any = true;
            if (accepted.getQualityValue() > 0 && accepted.includes(offered)) {
                return true;
            }
        }
        return !any;
    }

    static List<MediaType> acceptedTypes(List<String> given) {
        try {
            return MediaType.parseMediaTypes(given);
        } catch (InvalidMediaTypeException malformed) {
            throw Problems.invalid("header Accept is malformed");
        }
    }
}
