package io.ebla.tabletserver.condition;

import dev.cel.checker.CelStandardDeclarations;
import dev.cel.checker.CelStandardDeclarations.StandardFunction;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.common.types.CelKind;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import java.util.ArrayList;
import java.util.List;

/**
 * The language of conditions: CEL with its standard library, the variables of a row, and operators
 * that take numbers of different types together.
 */
final class ConditionLanguage {

    static final int LENGTH_MAX = 4096;
    static final int NESTING_MAX = 50;
    private static final int NODES_MAX = 2000;

    private final CelCompiler compiler;

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
        compiler =
                CelCompilerFactory.standardCelCompilerBuilder()
                        .setOptions(options)
                        .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
                        .setStandardEnvironmentEnabled(false)
                        .setStandardDeclarations(
                                CelStandardDeclarations.newBuilder()
                                        .excludeFunctions(
                                                StandardFunction.EQUALS,
                                                StandardFunction.NOT_EQUALS,
                                                StandardFunction.IN)
                                        .build())
                        .addFunctionDeclarations(operators())
                        .addVar("pk", SimpleType.DYN)
                        .addVar("sk", SimpleType.DYN)
                        .addVar("data", SimpleType.DYN)
                        .addVar("version", SimpleType.DYN)
                        .addVar("_created_at", SimpleType.DYN)
                        .addVar("_updated_at", SimpleType.DYN)
                        .addVar("nil", SimpleType.NULL_TYPE)
                        .build();
    }

    private static List<CelFunctionDecl> operators() {
        List<CelFunctionDecl> operators = new ArrayList<>();
        CelType dyn = SimpleType.DYN;
        CelType bool = SimpleType.BOOL;
        operators.add(function("_==_", overload("any_equals_any", bool, dyn, dyn)));
        operators.add(function("_!=_", overload("any_differs_from_any", bool, dyn, dyn)));
        operators.add(
                function(
                        "@in",
                        overload("any_in_list", bool, dyn, ListType.create(dyn)),
                        overload("any_in_map", bool, dyn, MapType.create(dyn, dyn))));
        for (String operator : List.of("_+_", "_-_", "_*_", "_/_")) {
            operators.add(mixed(operator));
        }
        return operators;
    }

    /** Arithmetic between numbers of two types: a double with any, an int with a uint. */
    private static CelFunctionDecl mixed(String operator) {
        List<CelType> numbers = List.of(SimpleType.INT, SimpleType.UINT, SimpleType.DOUBLE);
        List<CelOverloadDecl> overloads = new ArrayList<>();
        for (CelType left : numbers) {
            for (CelType right : numbers) {
                if (!left.equals(right)) {
                    boolean real = left == SimpleType.DOUBLE || right == SimpleType.DOUBLE;
                    overloads.add(
                            overload(
                                    left.name() + operator + right.name(),
                                    real ? SimpleType.DOUBLE : SimpleType.INT,
                                    left,
                                    right));
                }
            }
        }
        return CelFunctionDecl.newFunctionDeclaration(operator, overloads);
    }

    private static CelFunctionDecl function(String name, CelOverloadDecl... overloads) {
        return CelFunctionDecl.newFunctionDeclaration(name, overloads);
    }

    private static CelOverloadDecl overload(String id, CelType result, CelType... arguments) {
        return CelOverloadDecl.newGlobalOverload(id, result, arguments);
    }

    /** @throws RefusedExpression when it is no expression, none that can be boolean, or too big */
    CelCondition compile(String expression) {
        checkSize(expression);
        try {
            CelValidationResult parsed = compiler.parse(expression);
            refuseErrors(parsed);
            CelValidationResult checked = compiler.check(parsed.getAst());
            refuseErrors(checked);
            CelAbstractSyntaxTree tree = checked.getAst();
            CelKind kind = tree.getResultType().kind();
            if (kind != CelKind.BOOL && kind != CelKind.DYN && kind != CelKind.ANY) {
                throw RefusedExpression.wrong(
                        0, "it is of type " + tree.getResultType().name() + ", never boolean");
            }
            return new Planner(tree).plan();
        } catch (CelValidationException refused) {
            throw RefusedExpression.wrong(0, refused.getMessage());
        } catch (StackOverflowError tooDeep) {
            throw RefusedExpression.tooLarge("nested too deep");
        }
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
