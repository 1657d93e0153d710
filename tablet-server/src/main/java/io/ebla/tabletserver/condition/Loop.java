package io.ebla.tabletserver.condition;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A comprehension: what the language's macros ({@code all}, {@code exists}, {@code map}, ...) unfold
 * to.
 *
 * @param range a list, or a map of which the keys are taken
 * @param pairs whether each turn has an index or key and an element
 */
record Loop(
        Node range,
        Node start,
        Node goOn,
        Node step,
        Node end,
        int element,
        int second,
        int result,
        boolean pairs)
        implements Node {

    @Override
    public Object evaluate(Evaluation evaluation) {
        Object over = range.evaluate(evaluation);
        List<?> turns;
        if (over instanceof List<?> list) {
            turns = list;
        } else if (over instanceof Map<?, ?> map) {
            evaluation.charge(map.size());
            turns = new ArrayList<>(map.keySet());
        } else {
            throw new EvaluationError("neither a list nor a map");
        }
        evaluation.setLocal(result, start.evaluate(evaluation));
        for (int i = 0; i < turns.size(); i++) {
            Object turn = turns.get(i);
            if (pairs) {
                evaluation.setLocal(element, over instanceof Map ? turn : (Object) (long) i);
                evaluation.setLocal(second, over instanceof Map<?, ?> map ? map.get(turn) : turn);
            } else {
                evaluation.setLocal(element, turn);
            }
            if (!Boolean.TRUE.equals(goOn.evaluate(evaluation))) {
                break;
            }
            evaluation.setLocal(result, stepped(evaluation));
        }
        return end.evaluate(evaluation);
    }

    private Object stepped(Evaluation evaluation) {
        try {
            return step.evaluate(evaluation);
        } catch (EvaluationError error) {
            return error;
        }
    }
}
