package io.ebla.tabletserver.condition;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A JSON object within a row's value. Its fields are found when it is first looked into, and each is
 * made when it is asked for; of doubled names the last counts.
 */
final class JsonObject extends AbstractMap<Object, Object> {

    /** Where a field's value stands, until somebody asks for it. */
    private record Unread(int from, int to) {}

    private final byte[] array;
    private final int from;
    private final int end;
    private final Evaluation evaluation;
    private Map<String, Object> fields;

    JsonObject(byte[] array, int from, int end, Evaluation evaluation) {
        this.array = array;
        this.from = from;
        this.end = end;
        this.evaluation = evaluation;
    }

    @Override
    public boolean containsKey(Object name) {
        return name instanceof String && fields().containsKey(name);
    }

    @Override
    public Object get(Object name) {
        if (!(name instanceof String field)) {
            return null;
        }
        Object value = fields().get(field);
        if (value instanceof Unread unread) {
            value = JsonText.valueOf(array, unread.from, unread.to, evaluation);
            fields.put(field, value);
        }
        return value;
    }

    @Override
    public int size() {
        return fields().size();
    }

    @Override
    public Set<Entry<Object, Object>> entrySet() {
        Map<String, Object> all = fields();
        return new AbstractSet<>() {
            @Override
            public Iterator<Entry<Object, Object>> iterator() {
                Iterator<String> names = all.keySet().iterator();
                return new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return names.hasNext();
                    }

                    @Override
                    public Entry<Object, Object> next() {
                        String name = names.next();
                        return new SimpleImmutableEntry<>(name, get(name));
                    }
                };
            }

            @Override
            public int size() {
                return all.size();
            }
        };
    }

    private Map<String, Object> fields() {
        if (fields == null) {
            fields = scan();
        }
        return fields;
    }

    private Map<String, Object> scan() {
        evaluation.chargeJson(end - from);
        Map<String, Object> found = new LinkedHashMap<>();
        JsonText text = new JsonText(array, from, end);
        text.expect('{');
        text.skipSpace();
        if (text.take('}')) {
            return found;
        }
        do {
            evaluation.charge(1);
            text.skipSpace();
            String name = text.string();
            text.skipSpace();
            text.expect(':');
            text.skipSpace();
            int start = text.position();
            text.skipValue();
            found.put(name, new Unread(start, text.position()));
            text.skipSpace();
        } while (text.take(','));
        text.expect('}');
        return found;
    }
}
