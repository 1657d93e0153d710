package io.ebla.tabletserver.condition;

import java.util.AbstractList;
import java.util.Arrays;

/**
 * A JSON array within a row's value. Its elements are found when it is first looked into, and each is
 * made when it is asked for.
 */
final class JsonArray extends AbstractList<Object> {

    private final byte[] array;
    private final int from;
    private final int end;
    private final Evaluation evaluation;

    /** Start and end of each element in turn; null until the array is looked into. */
    private int[] bounds;

    private int size;

    JsonArray(byte[] array, int from, int end, Evaluation evaluation) {
        this.array = array;
        this.from = from;
        this.end = end;
        this.evaluation = evaluation;
    }

    @Override
    public Object get(int index) {
        scan();
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException(index);
        }
        return JsonText.valueOf(array, bounds[2 * index], bounds[2 * index + 1], evaluation);
    }

    @Override
    public int size() {
        scan();
        return size;
    }

    private void scan() {
        if (bounds != null) {
            return;
        }
        evaluation.chargeJson(end - from);
        int[] found = new int[16];
        int count = 0;
        JsonText text = new JsonText(array, from, end);
        text.expect('[');
        text.skipSpace();
        if (!text.take(']')) {
            do {
                evaluation.charge(1);
                text.skipSpace();
                if (2 * count == found.length) {
                    found = Arrays.copyOf(found, 2 * found.length);
                }
                found[2 * count] = text.position();
                text.skipValue();
                found[2 * count + 1] = text.position();
                count++;
                text.skipSpace();
            } while (text.take(','));
            text.expect(']');
        }
        size = count;
        bounds = found;
    }
}
