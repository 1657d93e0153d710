package io.ebla.tabletserver.condition;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/**
 * Regular expressions that take linear time (RE2), with their size bounded before they are compiled:
 * counted repetitions multiply, so their product is what is limited.
 */
final class Patterns {

    private static final int LENGTH_MAX = 512;
    private static final int REPETITIONS_MAX = 1000;
    private static final int PROGRAM_PER_UNIT = 16;
    private static final int COMPILE_COST_PER_CHARACTER = 8;

    private Patterns() {}

    /** @throws EvaluationError for a pattern that is wrong or too big */
    static Pattern compile(String text) {
        if (text.length() > LENGTH_MAX) {
            throw new EvaluationError("a pattern of " + text.length() + " characters");
        }
        if (repetitions(text) > REPETITIONS_MAX) {
            throw new EvaluationError("a pattern with too many repetitions");
        }
        try {
            return Pattern.compile(text);
        } catch (PatternSyntaxException wrong) {
            throw new EvaluationError("a malformed pattern: " + wrong.getDescription());
        }
    }

    /** Compiles a pattern that came with the data. */
    static Pattern compile(Evaluation evaluation, String text) {
        evaluation.charge((long) COMPILE_COST_PER_CHARACTER * (1 + text.length()));
        Pattern pattern = compile(text);
        evaluation.charge(pattern.programSize());
        return pattern;
    }

    static boolean find(Evaluation evaluation, Pattern pattern, String text) {
        long perCharacter = 1 + pattern.programSize() / PROGRAM_PER_UNIT;
        evaluation.charge(10 + text.length() * perCharacter);
        return pattern.matcher(text).find();
    }

    /** The product of all counts in braces: never less than what the pattern unfolds to. */
    private static long repetitions(String text) {
        long product = 1;
        for (int open = text.indexOf('{'); open >= 0; open = text.indexOf('{', open + 1)) {
            long count = 0;
            long largest = 1;
            for (int i = open + 1; i < text.length() && text.charAt(i) != '}'; i++) {
                char c = text.charAt(i);
                if (c >= '0' && c <= '9') {
                    count = Math.min(count * 10 + (c - '0'), REPETITIONS_MAX + 1L);
                    largest = Math.max(largest, count);
                } else {
                    count = 0;
                }
            }
            product = Math.min(product * largest, REPETITIONS_MAX + 1L);
        }
        return product;
    }
}
