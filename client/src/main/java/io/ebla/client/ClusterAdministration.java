package io.ebla.client;

import io.ebla.core.key.Bytes;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What an operator asks of a cluster. Each call begins an operation and answers with its id, by which {@link
 * #operation} tells how it goes; asked for again while it is under way it is the same operation.
 */
public final class ClusterAdministration {

    private final Transport transport;

    ClusterAdministration(Transport transport) {
        this.transport = transport;
    }

    /** Moves a replica of a tablet from one node to another. */
    public String moveReplica(String table, String tablet, String from, String to) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("from", from);
        body.put("to", to);
        return begun("POST", tablet(table, tablet) + "/move", body);
    }

    /** Hands a tablet over to another node that has a replica of it. */
    public String moveMaster(String table, String tablet, String to) {
        return begun("POST", tablet(table, tablet) + "/master", Map.of("to", to));
    }

    /** Merges a tablet with its right neighbour. */
    public String mergeTablet(String table, String tablet) {
        return begun("POST", tablet(table, tablet) + "/merge", null);
    }

    /** Empties a node, which from then on is given nothing. */
    public String drain(String node) {
        return begun("POST", "/v1/cluster/nodes/" + encoded(node) + "/drain", null);
    }

    /** Lets a node be given something again. */
    public String undrain(String node) {
        return begun("POST", "/v1/cluster/nodes/" + encoded(node) + "/undrain", null);
    }

    /** Whether anything may be moved for the sake of balance. */
    public String balancing(boolean paused) {
        return begun("PUT", "/v1/cluster/balancing", Map.of("paused", paused));
    }

    /** @param at the first pk of the upper half, null for the middle of the bytes */
    public String splitTablet(String table, String tablet, Bytes at) {
        Map<String, Object> body = new LinkedHashMap<>();
        if (at != null) {
            body.put("at", Map.of("pkBase64", Base64.getEncoder().encodeToString(at.toArray())));
        }
        return begun("POST", tablet(table, tablet) + "/split", body);
    }

    public ClusterDescription.Operation operation(String id) {
        HttpRequest request =
                transport.request("/v1/cluster/operations/" + encoded(id)).GET().build();
        return read(request, ClusterDescription.Operation.class);
    }

    private static String tablet(String table, String tablet) {
        return Paths.table(table) + "/tablets/" + encoded(tablet);
    }

    private static String encoded(String part) {
        return Paths.encode(Bytes.utf8(part));
    }

    private String begun(String method, String path, Object body) {
        HttpRequest.Builder request = transport.request(path);
        if (body == null) {
            request.method(method, BodyPublishers.noBody());
        } else {
            request.header("Content-Type", Value.JSON)
                    .method(
                            method,
                            BodyPublishers.ofByteArray(Json.MAPPER.writeValueAsBytes(body)));
        }
        return read(request.build(), JsonNode.class).path("operation").asString();
    }

    private <T> T read(HttpRequest request, Class<T> type) {
        byte[] body = transport.exchange(request).body();
        try {
            return Json.MAPPER.readValue(body, type);
        } catch (JacksonException broken) {
            throw Transport.unreadable(type.getSimpleName(), broken);
        }
    }
}
