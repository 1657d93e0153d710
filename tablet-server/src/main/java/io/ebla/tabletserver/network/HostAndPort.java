package io.ebla.tabletserver.network;

/** An address as the map names it, {@code host:port} or {@code [host]:port}. */
record HostAndPort(String host, int port) {

    static HostAndPort parse(String address) {
        int colon = address.lastIndexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("'" + address + "' is no host:port");
        }
        String host = address.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        return new HostAndPort(
                bracketed ? host.substring(1, host.length() - 1) : host,
                Integer.parseInt(address.substring(colon + 1)));
    }
}
