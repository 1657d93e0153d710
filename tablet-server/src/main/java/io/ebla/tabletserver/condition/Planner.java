package io.ebla.tabletserver.condition;

import com.google.re2j.Pattern;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelReference;
import io.ebla.core.key.Bytes;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns a checked syntax tree into nodes. Used for one expression, by one thread.
 *
 * <p>The language's own interpreter is not used: its cost cannot be bounded by the size of the
 * values, and it compares only numbers of one type.
 */
final class Planner {

    /** Deeper trees would take the stack of whoever evaluates them. */
    private static final int DEPTH_MAX = 250;

    private final CelAbstractSyntaxTree tree;
    private final Map<String, Integer> scope = new HashMap<>();
    private int slots;
    private int depth;
    private boolean readsData;

    Planner(CelAbstractSyntaxTree tree) {
        this.tree = tree;
    }

    /**
     * @param source what the tree was parsed from
     * @throws RefusedExpression for what the language has and conditions have not
     */
    CelCondition plan(String source) {
        Node root = plan(tree.getExpr());
        return new CelCondition(source, root, slots, readsData);
    }

    private Node plan(CelExpr expression) {
        if (++depth > DEPTH_MAX) {
            throw RefusedExpression.tooLarge("nested deeper than " + DEPTH_MAX);
        }
        Node node = planKind(expression);
        depth--;
        return evaluation -> {
            evaluation.charge(1);
            return node.evaluate(evaluation);
        };
    }

    private Node planKind(CelExpr expression) {
        CelReference reference = tree.getReference(expression.id()).orElse(null);
        return switch (expression.getKind()) {
            case CONSTANT -> constant(expression.constant());
            case IDENT -> identifier(expression.ident().name());
            case SELECT ->
                    reference != null && !reference.name().isEmpty()
                            ? identifier(reference.name())
                            : select(expression.select());
            case CALL -> call(expression);
            case LIST -> list(expression.list());
            case MAP -> map(expression.map());
            case COMPREHENSION -> comprehension(expression.comprehension());
            default -> throw refused(expression, "messages are not supported");
        };
    }

    private static Node constant(CelConstant constant) {
        Object value =
                switch (constant.getKind()) {
                    case NULL_VALUE -> null;
                    case BOOLEAN_VALUE -> constant.booleanValue();
                    case INT64_VALUE -> constant.int64Value();
                    case UINT64_VALUE ->
                            Numbers.of(new BigInteger(constant.uint64Value().toString()));
                    case DOUBLE_VALUE -> constant.doubleValue();
                    case STRING_VALUE -> constant.stringValue();
                    case BYTES_VALUE -> Bytes.wrap(constant.bytesValue().toByteArray());
                    default -> throw new IllegalStateException("constant " + constant.getKind());
                };
        return evaluation -> value;
    }

    private Node identifier(String name) {
        Integer slot = scope.get(name);
        if (slot != null) {
            int local = slot;
            return evaluation -> evaluation.local(local);
        }
        switch (name) {
            case "pk":
                return Evaluation::pk;
            case "sk":
                return Evaluation::sk;
            case "version":
                return Evaluation::version;
            case "_created_at":
                return Evaluation::createdAt;
            case "_updated_at":
                return Evaluation::updatedAt;
            case "nil":
                return evaluation -> null;
            case "data":
                readsData = true;
                return Evaluation::data;
            default:
                TypeName type = new TypeName(name);
                return evaluation -> type;
        }
    }

    private Node select(CelExpr.CelSelect select) {
        Node operand = plan(select.operand());
        String field = select.field();
        if (select.testOnly()) {
            return evaluation -> {
                if (operand.evaluate(evaluation) instanceof Map<?, ?> map) {
                    return map.containsKey(field);
                }
                throw new EvaluationError("no fields to look for");
            };
        }
        return evaluation -> Values.field(operand.evaluate(evaluation), field);
    }

    private Node call(CelExpr expression) {
        CelExpr.CelCall call = expression.call();
        List<Node> arguments = new ArrayList<>();
        call.target().ifPresent(target -> arguments.add(plan(target)));
        for (CelExpr argument : call.args()) {
            arguments.add(plan(argument));
        }
        switch (call.function()) {
            case "_&&_":
                return shortCircuit(arguments.get(0), arguments.get(1), false);
            case "_||_":
                return shortCircuit(arguments.get(0), arguments.get(1), true);
            case "_?_:_":
                return choice(arguments.get(0), arguments.get(1), arguments.get(2));
            case "@not_strictly_false":
                return notStrictlyFalse(arguments.get(0));
            case "matches":
                return matches(expression, arguments);
            default:
                return strict(expression, arguments);
        }
    }

    private Node strict(CelExpr expression, List<Node> arguments) {
        String name = expression.call().function();
        Function function =
                Functions.named(name)
                        .orElseThrow(() -> refused(expression, "no function '" + name + "'"));
        Node[] nodes = arguments.toArray(Node[]::new);
        return evaluation -> {
            Object[] values = new Object[nodes.length];
            for (int i = 0; i < nodes.length; i++) {
                values[i] = nodes[i].evaluate(evaluation);
            }
            return function.apply(evaluation, values);
        };
    }

    /** A pattern that is written out is compiled once, and refused at once when it is wrong. */
    private Node matches(CelExpr expression, List<Node> arguments) {
        CelExpr last = expression.call().args().get(expression.call().args().size() - 1);
        if (last.getKind() != CelExpr.ExprKind.Kind.CONSTANT) {
            return strict(expression, arguments);
        }
        try {
            Pattern pattern = Patterns.compile(last.constant().stringValue());
            Node text = arguments.get(0);
            return evaluation -> {
                if (text.evaluate(evaluation) instanceof String value) {
                    return Patterns.find(evaluation, pattern, value);
                }
                throw new EvaluationError("not a string");
            };
        } catch (EvaluationError wrong) {
            throw refused(last, wrong.getMessage());
        }
    }

    /** Either side decides alone if it can, whatever error the other one meets. */
    private static Node shortCircuit(Node left, Node right, boolean deciding) {
        return evaluation -> {
            EvaluationError error = null;
            try {
                if (Functions.bool(left.evaluate(evaluation)) == deciding) {
                    return deciding;
                }
            } catch (EvaluationError absorbed) {
                error = absorbed;
            }
            if (Functions.bool(right.evaluate(evaluation)) == deciding) {
                return deciding;
            }
            if (error != null) {
                throw error;
            }
            return !deciding;
        };
    }

    private static Node choice(Node condition, Node then, Node otherwise) {
        return evaluation ->
                Functions.bool(condition.evaluate(evaluation))
                        ? then.evaluate(evaluation)
                        : otherwise.evaluate(evaluation);
    }

    /** Keeps a loop going over an element that failed: a later one may still decide. */
    private static Node notStrictlyFalse(Node argument) {
        return evaluation -> {
            try {
                return !Boolean.FALSE.equals(argument.evaluate(evaluation));
            } catch (EvaluationError goesOn) {
                return true;
            }
        };
    }

    private Node list(CelExpr.CelList list) {
        Node[] elements = list.elements().stream().map(this::plan).toArray(Node[]::new);
        return evaluation -> {
            List<Object> values = new ArrayList<>(elements.length);
            for (Node element : elements) {
                values.add(element.evaluate(evaluation));
            }
            return values;
        };
    }

    private Node map(CelExpr.CelMap map) {
        Node[] keys = map.entries().stream().map(entry -> plan(entry.key())).toArray(Node[]::new);
        Node[] values =
                map.entries().stream().map(entry -> plan(entry.value())).toArray(Node[]::new);
        return evaluation -> {
            Map<Object, Object> made = new LinkedHashMap<>();
            for (int i = 0; i < keys.length; i++) {
                Object key = Numbers.asKey(keys[i].evaluate(evaluation));
                if (made.containsKey(key)) {
                    throw new EvaluationError("a doubled key in a map");
                }
                made.put(key, values[i].evaluate(evaluation));
            }
            return made;
        };
    }

    private Node comprehension(CelExpr.CelComprehension loop) {
        Node range = plan(loop.iterRange());
        Node start = plan(loop.accuInit());
        int element = slots++;
        int second = slots++;
        int result = slots++;
        Map<String, Integer> outer = new HashMap<>(scope);
        scope.put(loop.accuVar(), result);
        Node end = plan(loop.result());
        scope.put(loop.iterVar(), element);
        if (!loop.iterVar2().isEmpty()) {
            scope.put(loop.iterVar2(), second);
        }
        Node goOn = plan(loop.loopCondition());
        Node step = step(loop.loopStep(), loop.accuVar(), result);
        scope.clear();
        scope.putAll(outer);
        boolean pairs = !loop.iterVar2().isEmpty();
        return new Loop(range, start, goOn, step, end, element, second, result, pairs);
    }

    /** Appends in place where a list grows by one element: copying it would be quadratic. */
    private Node step(CelExpr step, String accumulator, int slot) {
        if (step.getKind() == CelExpr.ExprKind.Kind.CALL) {
            List<CelExpr> arguments = step.call().args();
            if (step.call().function().equals("_?_:_")) {
                return choice(
                        plan(arguments.get(0)),
                        step(arguments.get(1), accumulator, slot),
                        step(arguments.get(2), accumulator, slot));
            }
            if (step.call().function().equals("_+_")
                    && arguments.get(0).getKind() == CelExpr.ExprKind.Kind.IDENT
                    && arguments.get(0).ident().name().equals(accumulator)
                    && arguments.get(1).getKind() == CelExpr.ExprKind.Kind.LIST
                    && arguments.get(1).list().elements().size() == 1) {
                Node added = plan(arguments.get(1).list().elements().get(0));
                return evaluation -> append(evaluation, slot, added);
            }
        }
        return plan(step);
    }

    /** The list is the loop's own: it began as a literal and nobody else has seen it. */
    @SuppressWarnings("unchecked")
    private static Object append(Evaluation evaluation, int slot, Node added) {
        Object value = evaluation.local(slot);
        if (!(value instanceof ArrayList)) {
            throw new EvaluationError("not a list");
        }
        ((ArrayList<Object>) value).add(added.evaluate(evaluation));
        return value;
    }

    private RefusedExpression refused(CelExpr at, String detail) {
        Integer position = tree.getSource().getPositionsMap().get(at.id());
        return RefusedExpression.wrong(position == null ? 0 : position, detail);
    }
}
