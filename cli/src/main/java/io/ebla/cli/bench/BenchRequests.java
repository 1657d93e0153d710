package io.ebla.cli.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.SplittableRandom;

/**
 * Writes requests as bytes, so that the client costs little beside the server. One thread.
 *
 * <p>With one row a request these are GET and PUT of a row, else many reads and atomic batches.
 */
final class BenchRequests {

    private static final byte[] CRLF = {'\r', '\n'};

    private final BenchPlan plan;
    private final BenchValues values;
    private final SplittableRandom random;
    private final String rows;
    private final String headers;
    private final String query;

    BenchRequests(BenchPlan plan, BenchValues values, long seed) {
        this.plan = plan;
        this.values = values;
        this.random = new SplittableRandom(seed);
        this.rows = "/v1/tables/" + plan.table();
        this.headers = "Host: " + plan.host() + ":" + plan.port() + "\r\n";
        this.query = plan.acks() == null ? "" : "?acks=" + plan.acks();
    }

    /** Whether the next request shall read. */
    boolean nextReads() {
        return random.nextInt(100) < plan.reads();
    }

    ByteBuf read(ByteBufAllocator allocator) {
        int group = random.nextInt(plan.groups());
        if (plan.batch() == 1) {
            ByteBuf out = allocator.ioBuffer(256);
            ascii(out, "GET " + rows + "/rows/" + BenchPlan.pk(group) + " HTTP/1.1\r\n" + headers);
            return out.writeBytes(CRLF);
        }
        ByteBuf body = Unpooled.buffer(64 * plan.batch());
        ascii(body, "{\"keys\":[");
        for (int i = 0; i < plan.batch(); i++) {
            ascii(body, i == 0 ? "{" : ",{");
            key(body, group, i);
            ascii(body, "}");
        }
        ascii(body, "]}");
        return post(allocator, rows + "/get", body);
    }

    ByteBuf write(ByteBufAllocator allocator) {
        int group = random.nextInt(plan.groups());
        if (plan.batch() == 1) {
            ByteBuf out = allocator.ioBuffer(256 + values.size());
            ascii(out, "PUT " + rows + "/rows/" + BenchPlan.pk(group) + query + " HTTP/1.1\r\n");
            ascii(out, headers + "Content-Type: application/octet-stream\r\nContent-Length: ");
            ascii(out, values.size() + "\r\n\r\n");
            return out.writeBytes(values.pool(), values.next(random), values.size());
        }
        ByteBuf body = Unpooled.buffer((values.size() + 80) * plan.batch());
        ascii(body, "{\"ops\":[");
        for (int i = 0; i < plan.batch(); i++) {
            ascii(body, i == 0 ? "{\"put\":{" : ",{\"put\":{");
            key(body, group, i);
            ascii(body, ",\"data\":\"");
            body.writeBytes(values.pool(), values.next(random), values.size());
            ascii(body, "\"}}");
        }
        ascii(body, "]}");
        return post(allocator, rows + "/batch" + query, body);
    }

    private static void key(ByteBuf out, int group, int row) {
        ascii(out, "\"pk\":\"" + BenchPlan.pk(group) + "\",\"sk\":\"" + BenchPlan.sk(row) + "\"");
    }

    private ByteBuf post(ByteBufAllocator allocator, String target, ByteBuf body) {
        ByteBuf out = allocator.ioBuffer(256 + body.readableBytes());
        ascii(out, "POST " + target + " HTTP/1.1\r\n" + headers);
        ascii(out, "Content-Type: application/json\r\nContent-Length: ");
        ascii(out, body.readableBytes() + "\r\n\r\n");
        return out.writeBytes(body);
    }

    private static void ascii(ByteBuf out, String text) {
        ByteBufUtil.writeAscii(out, text);
    }
}
