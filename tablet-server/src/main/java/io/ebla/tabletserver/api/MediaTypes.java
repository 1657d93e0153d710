package io.ebla.tabletserver.api;

import io.ebla.tabletserver.condition.JsonTypes;
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
        return JsonTypes.isJson(contentType);
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

    /**
     * Which of two media types a client would rather have: the one of higher quality, or, of equal
     * ones, the one it names more exactly, then the one it names first, then {@code usual}.
     *
     * @return null when it takes neither
     */
    static String preferred(HttpHeaders headers, String usual, String other) {
        List<String> given = headers.get(HttpHeaders.ACCEPT);
        if (given == null || given.isEmpty()) {
            return usual;
        }
        List<MediaType> accepted = acceptedTypes(given);
        if (accepted.isEmpty()) {
            return usual;
        }
        int forUsual = bestMatch(accepted, MediaType.parseMediaType(usual));
        int forOther = bestMatch(accepted, MediaType.parseMediaType(other));
        double usualQuality = forUsual < 0 ? 0 : accepted.get(forUsual).getQualityValue();
        double otherQuality = forOther < 0 ? 0 : accepted.get(forOther).getQualityValue();
        if (usualQuality <= 0 && otherQuality <= 0) {
            return null;
        }
        if (usualQuality != otherQuality) {
            return usualQuality > otherQuality ? usual : other;
        }
        int byExactness = exactness(accepted.get(forUsual)) - exactness(accepted.get(forOther));
        if (byExactness != 0) {
            return byExactness > 0 ? usual : other;
        }
        return forUsual <= forOther ? usual : other;
    }

    /** The most exact range that includes a type decides its quality (RFC 9110, 12.5.1). */
    private static int bestMatch(List<MediaType> accepted, MediaType offered) {
        int best = -1;
        for (int i = 0; i < accepted.size(); i++) {
            MediaType range = accepted.get(i);
            if (range.includes(offered)
                    && (best < 0 || exactness(range) > exactness(accepted.get(best)))) {
                best = i;
            }
        }
        return best;
    }

    private static int exactness(MediaType range) {
        return range.isWildcardType() ? 0 : range.isWildcardSubtype() ? 1 : 2;
    }

    static List<MediaType> acceptedTypes(List<String> given) {
        try {
            return MediaType.parseMediaTypes(given);
        } catch (InvalidMediaTypeException malformed) {
            throw Problems.invalid("header Accept is malformed");
        }
    }
}
