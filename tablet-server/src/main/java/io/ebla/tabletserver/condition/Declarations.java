package io.ebla.tabletserver.condition;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.cel.checker.CelChecker;
import dev.cel.checker.CelStandardDeclarations;
import dev.cel.checker.CelStandardDeclarations.StandardFunction;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOptions;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.CelVarDecl;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompilerFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What expressions may name: the variables of a row, the language's standard library, and operators
 * that take numbers of different types together.
 *
 * <p>A checker reads all declarations again for every expression, which costs twenty times the rest
 * of it; so each expression is checked against the functions that it mentions and no others.
 */
final class Declarations {

    private static final int CACHED_MAX = 200;
    private static final Set<StandardFunction> REPLACED =
            Set.of(StandardFunction.EQUALS, StandardFunction.NOT_EQUALS, StandardFunction.IN);

    private final CelOptions options;
    private final List<CelFunctionDecl> operators = operators();
    private final Cache<Set<String>, CelChecker> checkers =
            Caffeine.newBuilder().maximumSize(CACHED_MAX).build();

    Declarations(CelOptions options) {
        this.options = options;
    }

    CelChecker checkerOf(CelExpr expression) {
        Set<String> functions = new TreeSet<>();
        collect(expression, functions);
        return checkers.get(functions, this::checker);
    }

    private static void collect(CelExpr expression, Set<String> functions) {
        switch (expression.getKind()) {
            case SELECT -> collect(expression.select().operand(), functions);
            case CALL -> {
                functions.add(expression.call().function());
                expression.call().target().ifPresent(target -> collect(target, functions));
                expression.call().args().forEach(argument -> collect(argument, functions));
            }
            case LIST ->
                    expression.list().elements().forEach(element -> collect(element, functions));
            case MAP ->
                    expression
                            .map()
                            .entries()
                            .forEach(
                                    entry -> {
                                        collect(entry.key(), functions);
                                        collect(entry.value(), functions);
                                    });
            case STRUCT ->
                    expression
                            .struct()
                            .entries()
                            .forEach(entry -> collect(entry.value(), functions));
            case COMPREHENSION -> {
                CelExpr.CelComprehension loop = expression.comprehension();
                for (CelExpr part :
                        List.of(
                                loop.iterRange(),
                                loop.accuInit(),
                                loop.loopCondition(),
                                loop.loopStep(),
                                loop.result())) {
                    collect(part, functions);
                }
            }
            default -> {
                return;
            }
        }
    }

    private CelChecker checker(Set<String> functions) {
        return CelCompilerFactory.standardCelCheckerBuilder()
                .setOptions(options)
                .setStandardEnvironmentEnabled(false)
                .setStandardDeclarations(
                        CelStandardDeclarations.newBuilder()
                                .filterFunctions(
                                        (function, overload) ->
                                                !REPLACED.contains(function)
                                                        && functions.contains(
                                                                function.functionName()))
                                .build())
                .addFunctionDeclarations(
                        operators.stream()
                                .filter(operator -> functions.contains(operator.name()))
                                .toList())
                .addVarDeclarations(variables())
                .build();
    }

    private static List<CelVarDecl> variables() {
        List<CelVarDecl> variables = new ArrayList<>();
        for (String name : List.of("pk", "sk", "data", "version", "_created_at", "_updated_at")) {
            variables.add(CelVarDecl.newVarDeclaration(name, SimpleType.DYN));
        }
        variables.add(CelVarDecl.newVarDeclaration("nil", SimpleType.NULL_TYPE));
        return variables;
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
}
