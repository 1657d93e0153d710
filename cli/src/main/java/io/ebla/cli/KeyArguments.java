package io.ebla.cli;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import java.util.Base64;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The table and the row a command is about. */
final class KeyArguments {

    @Parameters(index = "0", paramLabel = "TABLE", description = "The table.")
    private String table;

    @Parameters(index = "1", paramLabel = "PK", description = "The row's partition key.")
    private String pk;

    @Option(names = "--sk", paramLabel = "SK", description = "The row's sort key, if it has one.")
    private String sk;

    @Option(
            names = "--base64-keys",
            description = "PK and SK are base64 of the key's bytes, for keys that are not text.")
    private boolean base64;

    String table() {
        return table;
    }

    RowKey key() {
        return RowKey.of(bytes(pk), sk == null ? null : bytes(sk));
    }

    private Bytes bytes(String part) {
        return base64 ? Bytes.wrap(Base64.getDecoder().decode(part)) : Bytes.utf8(part);
    }
}
