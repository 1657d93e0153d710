package io.ebla.clustertest.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Reads one HTTP/1.1 answer from pieces, keeping its status and the beginning of its body. */
final class AnswerReader {

    private static final int BODY_KEPT = 400;

    private enum Part {
        HEAD,
        BODY,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END,
        DONE
    }

    private final byte[] head = new byte[16_384];
    private final byte[] body = new byte[BODY_KEPT];
    private Part part = Part.HEAD;
    private int headLength;
    private int bodyLength;
    private int status;
    private long remaining;
    private long lines;
    private boolean lastChunk;

    void begin() {
        part = Part.HEAD;
        headLength = 0;
        bodyLength = 0;
        lines = 0;
        lastChunk = false;
    }

    /** Takes what has come; whether the answer is whole. */
    boolean take(ByteBuffer in) {
        while (in.hasRemaining() && part != Part.DONE) {
            switch (part) {
                case HEAD -> head(in);
                case BODY -> data(in, Part.DONE);
                case CHUNK_SIZE -> chunkSize(in);
                case CHUNK -> data(in, Part.CHUNK_END);
                case CHUNK_END -> chunkEnd(in);
                case DONE -> throw new IllegalStateException("more than one answer");
            }
        }
        return part == Part.DONE;
    }

    private void head(ByteBuffer in) {
        while (in.hasRemaining()) {
            head[headLength++] = in.get();
            if (headLength > 3 && head[headLength - 1] == '\n' && head[headLength - 3] == '\n') {
                headDone();
                return;
            }
        }
    }

    private void headDone() {
        String text = new String(head, 0, headLength, StandardCharsets.ISO_8859_1);
        status = Integer.parseInt(text, 9, 12, 10);
        String lower = text.toLowerCase(Locale.ROOT);
        int length = lower.indexOf("\r\ncontent-length:");
        headLength = 0;
        if (status == 204 || status == 304) {
            part = Part.DONE;
        } else if (length >= 0) {
            int from = length + 17;
            remaining = Long.parseLong(lower.substring(from, lower.indexOf('\r', from)).strip());
            part = remaining == 0 ? Part.DONE : Part.BODY;
        } else {
            part = Part.CHUNK_SIZE;
        }
    }

    private void chunkSize(ByteBuffer in) {
        while (in.hasRemaining()) {
            byte next = in.get();
            if (next == '\n') {
                String hex = new String(head, 0, headLength, StandardCharsets.ISO_8859_1).strip();
                remaining = Long.parseLong(hex, 16);
                lastChunk = remaining == 0;
                headLength = 0;
                part = lastChunk ? Part.CHUNK_END : Part.CHUNK;
                return;
            }
            head[headLength++] = next;
        }
    }

    private void chunkEnd(ByteBuffer in) {
        while (in.hasRemaining()) {
            if (in.get() == '\n') {
                part = lastChunk ? Part.DONE : Part.CHUNK_SIZE;
                return;
            }
        }
    }

    private void data(ByteBuffer in, Part then) {
        int count = (int) Math.min(remaining, in.remaining());
        for (int i = 0; i < count; i++) {
            byte next = in.get();
            if (bodyLength < BODY_KEPT) {
                body[bodyLength++] = next;
            }
            lines += next == '\n' ? 1 : 0;
        }
        remaining -= count;
        if (remaining == 0) {
            part = then;
        }
    }

    int status() {
        return status;
    }

    long lines() {
        return lines;
    }

    String bodyStart() {
        return new String(body, 0, bodyLength, StandardCharsets.UTF_8);
    }
}
