package io.ebla.cli;

import io.ebla.client.ClientSettings;
import io.ebla.client.EblaClient;
import io.ebla.core.time.Durations;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import picocli.CommandLine.Option;

/** Which server a command talks to, and how long it waits. */
final class ServerOptions {

    @Option(
            names = "--url",
            paramLabel = "URL",
            defaultValue = "http://127.0.0.1:8080",
            description = "Any server of the cluster (default: ${DEFAULT-VALUE}).")
    private URI url;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "How long the server may take: 500ms, 2s (default: the server's, 2s).")
    private String timeout;

    @Option(
            names = "--cacert",
            paramLabel = "FILE",
            description =
                    "Certificates (PEM) to trust at an https URL (default: those of the JVM).")
    private Path trusted;

    EblaClient client() {
        ClientSettings settings = ClientSettings.of(url);
        if (trusted != null) {
            settings = settings.withTls(TrustedCertificates.context(trusted));
        }
        if (timeout == null) {
            return new EblaClient(settings);
        }
        OptionalLong millis = Durations.parseMillis(timeout);
        if (millis.isEmpty() || millis.getAsLong() == 0) {
            throw new IllegalArgumentException("--timeout: '" + timeout + "' is no duration");
        }
        return new EblaClient(settings.withTimeout(Duration.ofMillis(millis.getAsLong())));
    }

    URI url() {
        return url;
    }

    /** What to ask of the server, null for its own default. */
    String timeout() {
        return timeout;
    }
}
