import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.TreeMap;

/**
 * Two checksums over the (pk, sk, data) of an NDJSON file of rows: one that depends on their order,
 * one that does not.
 *
 * <p>{@code java src/data/Fingerprint.java import|export FILE [FROM [TO]]}
 *
 * <p>An <em>import</em> is what was given: of lines with one key the last counts, and the ordered
 * checksum is that of the rows sorted by the bytes of pk and sk. An <em>export</em> is taken as it
 * comes, so equal ordered checksums say that the export was sorted, complete and without doubles.
 * Data counts byte for byte as it stands in the line. FROM and TO are pks, half-open; {@code ""} is
 * no bound.
 */
final class Fingerprint {

    /** The key of a row as bytes: those of pk, a zero where an sk follows, those of sk. */
    private static final Comparator<byte[]> BYTEWISE = Arrays::compareUnsigned;

    private final TreeMap<byte[], byte[]> sorted = new TreeMap<>(BYTEWISE);
    private final MessageDigest ordered = sha256();
    private BigInteger unordered = BigInteger.ZERO;
    private long rows;
    private long dataBytes;

    public static void main(String[] arguments) throws IOException {
        boolean given = arguments[0].equals("import");
        String from = arguments.length > 2 ? arguments[2] : "";
        String to = arguments.length > 3 ? arguments[3] : "";
        Fingerprint fingerprint = new Fingerprint();
        try (InputStream in =
                new BufferedInputStream(Files.newInputStream(Path.of(arguments[1])), 1 << 16)) {
            for (byte[] line = line(in); line != null; line = line(in)) {
                Members members = new Members(line);
                byte[] pk = members.pk.getBytes(StandardCharsets.UTF_8);
                if (before(pk, from) || (!to.isEmpty() && !before(pk, to))) {
                    continue;
                }
                if (given) {
                    fingerprint.sorted.put(members.key(), members.data);
                } else {
                    fingerprint.add(members.key(), members.data);
                }
            }
        }
        fingerprint.sorted.forEach(fingerprint::add);
        System.out.println(fingerprint);
    }

    private static boolean before(byte[] pk, String bound) {
        return Arrays.compareUnsigned(pk, bound.getBytes(StandardCharsets.UTF_8)) < 0;
    }

    private void add(byte[] key, byte[] data) {
        MessageDigest digest = sha256();
        digest.update((key.length + ":").getBytes(StandardCharsets.US_ASCII));
        digest.update(key);
        digest.update(data);
        byte[] row = digest.digest();
        ordered.update(row);
        unordered = unordered.add(new BigInteger(1, row));
        rows++;
        dataBytes += data.length;
    }

    @Override
    public String toString() {
        byte[] sum = unordered.mod(BigInteger.ONE.shiftLeft(256)).toByteArray();
        return String.format(
                "rows=%d dataBytes=%d ordered=%s unordered=%s",
                rows, dataBytes, hex(ordered.digest(), 12), hex(sum, 12));
    }

    private static String hex(byte[] bytes, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(length, bytes.length); i++) {
            text.append(String.format("%02x", bytes[bytes.length - 1 - i]));
        }
        return text.toString();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static byte[] line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(1024);
        int next = in.read();
        if (next < 0) {
            return null;
        }
        for (; next >= 0 && next != '\n'; next = in.read()) {
            line.write(next);
        }
        return line.toByteArray();
    }

    /** The members of one line's object that make the row; any other is stepped over. */
    private static final class Members {

        private final byte[] line;
        private int at;
        private String pk = "";
        private String sk;
        private byte[] data = {};

        Members(byte[] line) {
            this.line = line;
            expect('{');
            while (line[at] != '}') {
                String name = string();
                expect(':');
                int start = at;
                value();
                switch (name) {
                    case "pk" -> pk = decode(start);
                    case "sk" -> sk = decode(start);
                    case "data" -> data = Arrays.copyOfRange(line, start, at);
                    case "error" ->
                            throw new IllegalArgumentException(
                                    new String(line, StandardCharsets.UTF_8));
                    default -> {}
                }
                if (line[at] == ',') {
                    at++;
                }
            }
        }

        byte[] key() {
            String key = sk == null ? pk : pk + '\0' + sk;
            return key.getBytes(StandardCharsets.UTF_8);
        }

        private void expect(char wanted) {
            if (line[at++] != wanted) {
                throw new IllegalArgumentException(
                        wanted + " expected at " + (at - 1) + " in "
                                + new String(line, StandardCharsets.UTF_8));
            }
        }

        private void value() {
            int depth = 0;
            do {
                byte c = line[at];
                if (c == '"') {
                    string();
                    continue;
                }
                depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
                at++;
            } while (depth > 0 || (line[at] != ',' && line[at] != '}'));
        }

        private String decode(int start) {
            int end = at;
            at = start;
            String text = string();
            at = end;
            return text;
        }

        /** Decodes the string that begins here and steps behind it. */
        private String string() {
            expect('"');
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            StringBuilder decoded = new StringBuilder();
            while (line[at] != '"') {
                if (line[at] != '\\') {
                    text.write(line[at++]);
                    continue;
                }
                decoded.append(text.toString(StandardCharsets.UTF_8));
                text.reset();
                decoded.append(escaped());
            }
            at++;
            return decoded.append(text.toString(StandardCharsets.UTF_8)).toString();
        }

        private char escaped() {
            byte c = line[at + 1];
            at += 2;
            return switch (c) {
                case 'n' -> '\n';
                case 't' -> '\t';
                case 'r' -> '\r';
                case 'b' -> '\b';
                case 'f' -> '\f';
                case 'u' -> {
                    at += 4;
                    yield (char) Integer.parseInt(new String(line, at - 4, 4), 16);
                }
                default -> (char) c;
            };
        }
    }
}
