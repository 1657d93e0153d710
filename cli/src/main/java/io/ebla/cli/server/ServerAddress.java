package io.ebla.cli.server;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.env.MapPropertySource;

/** Where a server listens and what it says of that. */
final class ServerAddress {

    private static final int SECRET_BYTES = 32;

    private ServerAddress() {}

    /**
     * Beyond loopback nobody may know the cluster's secret by knowing Ebla: nodes must be given one,
     * and a whole Ebla in one process makes its own for this run.
     *
     * @throws StartRefused if it would listen beyond loopback without having been told that it may,
     *     or without a secret
     */
    static void check(Role role, ConfigurableEnvironment environment) {
        String bind = environment.getProperty("ebla.bind", "127.0.0.1");
        boolean insecure = environment.getProperty("ebla.insecure", Boolean.class, false);
        if (!insecure && !isLoopback(bind)) {
            throw new StartRefused(
                    "refusing to listen on "
                            + bind
                            + ": nobody is asked who they are, so everyone who reaches the port could"
                            + " read and write; say --insecure if that is meant");
        }
        if (environment.getProperty("ebla.cluster-secret", "").isEmpty() && !isLoopback(bind)) {
            if (role != Role.DEV) {
                throw new StartRefused(
                        "refusing to listen on "
                                + bind
                                + " without a cluster secret: whoever reaches the port could speak"
                                + " as one of the cluster's nodes; give all of them the same"
                                + " --cluster-secret");
            }
            environment
                    .getPropertySources()
                    .addFirst(
                            new MapPropertySource(
                                    "secret of this run",
                                    Map.of("ebla.cluster-secret", randomSecret())));
        }
    }

    /**
     * With {@code ebla.ssl.bundle} HTTP is served with that certificate too. Users need not show one of
     * their own; whoever makes internal calls must ({@link InternalCallsFilter}).
     */
    static void secure(ConfigurableEnvironment environment) {
        String bundle = environment.getProperty("ebla.ssl.bundle", "");
        if (!bundle.isEmpty()) {
            environment
                    .getPropertySources()
                    .addLast(
                            new MapPropertySource(
                                    "tls of this server",
                                    Map.of(
                                            "server.ssl.bundle",
                                            bundle,
                                            "server.ssl.client-auth",
                                            "want")));
        }
    }

    private static String randomSecret() {
        byte[] secret = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(secret);
        return HexFormat.of().formatHex(secret);
    }

    private static boolean isLoopback(String bind) {
        try {
            return InetAddress.getByName(bind).isLoopbackAddress();
        } catch (UnknownHostException unknown) {
            throw new StartRefused("cannot listen on '" + bind + "': unknown address", unknown);
        }
    }

    /** The URL to tell people: what is advertised, else what is bound. */
    static String url(Environment environment) {
        String scheme = environment.getProperty("ebla.ssl.bundle", "").isEmpty() ? "http" : "https";
        String port = environment.getRequiredProperty("local.server.port");
        String advertised = environment.getProperty("ebla.advertise", "");
        if (!advertised.isEmpty()) {
            boolean withPort = advertised.matches(".*:\\d+");
            return scheme + "://" + (withPort ? advertised : advertised + ":" + port);
        }
        String bind = environment.getProperty("ebla.bind", "127.0.0.1");
        boolean any = bind.equals("0.0.0.0") || bind.equals("::");
        String host = any ? "127.0.0.1" : bind;
        return scheme + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
