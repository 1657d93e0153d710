package io.ebla.tabletserver.condition;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.types.CelKind;
import dev.cel.parser.CelParser;
import dev.cel.parser.CelParserFactory;
import dev.cel.parser.CelStandardMacro;
import java.util.Set;

/**
 * The language of conditions: from text to something that can be evaluated, or a refusal with its
 * place.
 */
final class ConditionLanguage {

    static final int LENGTH_MAX = 4096;
    static final int NESTING_MAX = 50;
    private static final int NODES_MAX = 2000;

    private static final String CONDITIONAL = "_?_:_";

    /** Variables and operators that are declared dynamic but never give a boolean. */
    private static final Set<String> NEVER_BOOLEAN =
            Set.of(
                    "pk",
                    "sk",
                    "version",
                    "_created_at",
                    "_updated_at",
                    "_+_",
                    "_-_",
                    "_*_",
                    "_/_",
                    "_%_",
                    "-_");

    private final CelParser parser;
    private final Declarations declarations;

    ConditionLanguage() {
        CelOptions options =
                CelOptions.current()
                        .maxExpressionCodePointSize(LENGTH_MAX)
                        .maxParseRecursionDepth(NESTING_MAX)
                        .maxParseExpressionNodeCount(NODES_MAX)
                        .maxParseErrorRecoveryLimit(1)
                        .enableHeterogeneousNumericComparisons(true)
                        .enableHiddenAccumulatorVar(true)
                        .build();
        parser =
                CelParserFactory.standardCelParserBuilder()
                        .setOptions(options)
                        .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
                        .build();
        declarations = new Declarations(options);
    }

    /** @throws RefusedExpression when it is no expression, none that can be boolean, or too big */
    CelCondition compile(String expression) {
        checkSize(expression);
        try {
            CelValidationResult parsed = parser.parse(expression);
            refuseErrors(parsed);
            CelAbstractSyntaxTree raw = parsed.getAst();
            CelValidationResult checked = declarations.checkerOf(raw.getExpr()).check(raw);
            refuseErrors(checked);
            CelAbstractSyntaxTree tree = checked.getAst();
            CelKind kind = tree.getResultType().kind();
            if (kind != CelKind.BOOL && kind != CelKind.DYN && kind != CelKind.ANY) {
                throw RefusedExpression.wrong(
                        0, "it is of type " + tree.getResultType().name() + ", never boolean");
            }
            if (!canBeBoolean(tree.getExpr())) {
                throw RefusedExpression.wrong(0, "its value is never boolean");
            }
            return new Planner(tree).plan(expression);
        } catch (CelValidationException refused) {
            throw RefusedExpression.wrong(0, refused.getMessage());
        } catch (StackOverflowError tooDeep) {
            throw RefusedExpression.tooLarge("nested too deep");
        }
    }

    /** What the checker calls dynamic may still be known never to be a boolean: a key, a sum. */
    private static boolean canBeBoolean(CelExpr expression) {
        return switch (expression.getKind()) {
            case IDENT -> !NEVER_BOOLEAN.contains(expression.ident().name());
            case CALL ->
                    expression.call().function().equals(CONDITIONAL)
                            ? canBeBoolean(expression.call().args().get(1))
                                    || canBeBoolean(expression.call().args().get(2))
                            : !NEVER_BOOLEAN.contains(expression.call().function());
            default -> true;
        };
    }

    /** Refuses cheaply what the parser would take long to refuse. */
    private static void checkSize(String expression) {
        if (expression.length() > LENGTH_MAX) {
            throw RefusedExpression.tooLarge(
                    expression.length() + " characters, " + LENGTH_MAX + " are allowed");
        }
        int depth = 0;
        int quote = 0;
        for (int i = 0; i < expression.length(); i++) {
            char c = expression.charAt(i);
            if (quote != 0) {
                if (c == '\\') {
                    i++;
                } else if (c == quote) {
                    quote = 0;
                }
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '(' || c == '[' || c == '{') {
                if (++depth > NESTING_MAX) {
                    throw RefusedExpression.tooLarge("nested deeper than " + NESTING_MAX);
                }
            } else if (c == ')' || c == ']' || c == '}') {
                depth--;
            }
        }
    }

    private static void refuseErrors(CelValidationResult result) {
        if (!result.hasError()) {
            return;
        }
        CelIssue issue = result.getErrors().get(0);
        String message = issue.getMessage();
        if (message.contains("limit") && !message.contains("mismatched")) {
            throw RefusedExpression.tooLarge(message);
        }
        int line = issue.getSourceLocation().getLine();
        int column = Math.max(issue.getSourceLocation().getColumn(), 0);
        throw RefusedExpression.wrong(column, line > 1 ? "line " + line + ": " + message : message);
    }
}
