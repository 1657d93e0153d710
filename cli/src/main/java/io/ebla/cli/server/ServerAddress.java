package io.ebla.cli.server;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.springframework.core.env.Environment;

/** Where a server listens and what it says of that. */
final class ServerAddress {

    private ServerAddress() {}

    /** @throws StartRefused if it would listen beyond loopback without having been told that it may */
    static void check(Environment environment) {
        String bind = environment.getProperty("ebla.bind", "127.0.0.1");
        boolean insecure = environment.getProperty("ebla.insecure", Boolean.class, false);
        if (!insecure && !isLoopback(bind)) {
            throw new StartRefused(
                    "refusing to listen on "
                            + bind
                            + ": nobody is asked who they are, so everyone who reaches the port could"
                            + " read and write; say --insecure if that is meant");
        }
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
        String port = environment.getRequiredProperty("local.server.port");
        String advertised = environment.getProperty("ebla.advertise", "");
        if (!advertised.isEmpty()) {
            boolean withPort = advertised.matches(".*:\\d+");
            return "http://" + (withPort ? advertised : advertised + ":" + port);
        }
        String bind = environment.getProperty("ebla.bind", "127.0.0.1");
        boolean any = bind.equals("0.0.0.0") || bind.equals("::");
        String host = any ? "127.0.0.1" : bind;
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
