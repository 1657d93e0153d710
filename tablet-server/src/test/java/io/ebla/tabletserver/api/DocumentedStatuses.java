package io.ebla.tabletserver.api;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.yaml.snakeyaml.Yaml;

/** Which statuses the OpenAPI document foresees for each operation; {@code default} counts for none. */
final class DocumentedStatuses {

    private record Operation(String[] path, String method, Set<String> statuses) {

        boolean matches(String[] rawPath, String wanted) {
            boolean matches = wanted.equals(method) && rawPath.length == path.length;
            for (int i = 0; matches && i < path.length; i++) {
                matches =
                        path[i].startsWith("{")
                                ? !rawPath[i].isEmpty()
                                : path[i].equals(rawPath[i]);
            }
            return matches;
        }
    }

    private final List<Operation> operations = new ArrayList<>();

    private DocumentedStatuses() {}

    static DocumentedStatuses load() {
        try (InputStream in = DocumentedStatuses.class.getResourceAsStream("/openapi/ebla.yaml")) {
            DocumentedStatuses documents = new DocumentedStatuses();
            Map<String, Object> root = new Yaml().load(in);
            section(root, "paths").forEach((path, at) -> documents.take(path, at));
            return documents;
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> section(Object of, String name) {
        return (Map<String, Object>) ((Map<String, Object>) of).get(name);
    }

    @SuppressWarnings("unchecked")
    private void take(String path, Object operationsOfPath) {
        ((Map<String, Object>) operationsOfPath)
                .forEach(
                        (method, operation) -> {
                            if (!method.equals("parameters")) {
                                operations.add(
                                        new Operation(
                                                path.split("/", -1),
                                                method.toUpperCase(Locale.ROOT),
                                                section(operation, "responses").keySet()));
                            }
                        });
    }

    /** Methods and paths that are no documented operation are nobody's concern here. */
    void check(String method, String rawPath, int status) {
        String[] path = rawPath.split("/", -1);
        for (Operation operation : operations) {
            if (operation.matches(path, method)
                    && !operation.statuses().contains(Integer.toString(status))) {
                throw new AssertionError(
                        method + " " + rawPath + " answered " + status + ": not documented");
            }
        }
    }
}
