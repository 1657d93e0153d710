package io.ebla.core.oplog;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Strings in entries: UTF-8 after a two-byte length. ASCII, which is nearly all of them, is written
 * without garbage; a lone surrogate becomes a question mark, as it does on the wire.
 */
final class Text {

    static final int MAX_BYTES = 0xFFFF;

    private Text() {}

    /** Bytes that {@link #put} writes, the length included. */
    static int size(String text) {
        int bytes = isAscii(text) ? text.length() : utf8(text).length;
        if (bytes > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "text of " + bytes + " bytes in an entry; at most " + MAX_BYTES);
        }
        return 2 + bytes;
    }

    static void put(String text, ByteBuffer target) {
        if (isAscii(text)) {
            target.putShort((short) text.length());
            for (int i = 0; i < text.length(); i++) {
                target.put((byte) text.charAt(i));
            }
            return;
        }
        byte[] bytes = utf8(text);
        target.putShort((short) bytes.length);
        target.put(bytes);
    }

    static String get(ByteBuffer source) {
        int length = Short.toUnsignedInt(source.getShort());
        if (length == 0) {
            return "";
        }
        byte[] bytes = new byte[length];
        source.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
