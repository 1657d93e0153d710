package io.ebla.clustertest.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A network namespace for each node, all on one bridge, whose own address is the tests' place. A cut is a
 * rule that drops packets at the receiver: connections hang as on a broken wire and nobody is told.
 *
 * <p>Needs root, {@code ip} and {@code iptables}. Names bear the id of the test's process; what one that
 * was killed has left is removed by the next.
 */
final class Namespaces implements Wires {

    private static final Pattern NAME = Pattern.compile("ebla(\\d+)-\\S+");
    private static final long PID = ProcessHandle.current().pid();

    private final String bridge = "ebla" + PID;
    private final String subnet = "10." + (64 + PID / 250 % 128) + "." + PID % 250 + ".";
    private final Map<String, String> addresses = new LinkedHashMap<>();
    private final List<String> links = new ArrayList<>();

    Namespaces(List<String> nodes) {
        removeLeftovers();
        Command.run("ip", "link", "add", bridge, "type", "bridge");
        Command.run("ip", "addr", "add", subnet + "1/24", "dev", bridge);
        Command.run("ip", "link", "set", bridge, "up");
        passTheFirewall("-I");
        for (String node : nodes) {
            add(node);
        }
    }

    /** Empty if they can be made here, else the reason why not. */
    static String whatIsMissing() {
        String probe = "ebla" + PID + "-probe";
        if (!Command.works("ip", "netns", "add", probe)) {
            return "no network namespaces (root and iproute2 are needed)";
        }
        boolean drops =
                Command.works("ip", "netns", "exec", probe, "iptables", "-w", "-L", "INPUT", "-n");
        Command.run("ip", "netns", "del", probe);
        return drops ? "" : "no iptables";
    }

    /**
     * Lets what crosses the bridge pass the machine's own rules: an engine of containers, once started, drops
     * what it does not know, on bridges too.
     */
    private void passTheFirewall(String action) {
        Command.works("iptables", "-w", action, "FORWARD", "-i", bridge, "-j", "ACCEPT");
    }

    private void add(String node) {
        String address = subnet + (10 + addresses.size());
        String link = "eb" + PID + "v" + addresses.size();
        String name = name(node);
        addresses.put(node, address);
        links.add(link);
        Command.run("ip", "netns", "add", name);
        Command.run(
                "ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", name);
        Command.run("ip", "link", "set", link, "master", bridge);
        Command.run("ip", "link", "set", link, "up");
        Command.run("ip", "-n", name, "addr", "add", address + "/24", "dev", "eth0");
        Command.run("ip", "-n", name, "link", "set", "eth0", "up");
        Command.run("ip", "-n", name, "link", "set", "lo", "up");
    }

    private static String name(String node) {
        return "ebla" + PID + "-" + node;
    }

    @Override
    public String address(String node) {
        return addresses.get(node);
    }

    @Override
    public List<String> under(String node) {
        return List.of("ip", "netns", "exec", name(node));
    }

    @Override
    public boolean canCut() {
        return true;
    }

    @Override
    public void cut(String from, String to) {
        Command.run(
                "ip",
                "netns",
                "exec",
                name(to),
                "iptables",
                "-w",
                "-A",
                "INPUT",
                "-s",
                addresses.get(from),
                "-j",
                "DROP");
    }

    @Override
    public void heal() {
        for (String node : addresses.keySet()) {
            Command.run("ip", "netns", "exec", name(node), "iptables", "-w", "-F", "INPUT");
        }
    }

    @Override
    public void close() {
        addresses.keySet().forEach(node -> Command.works("ip", "netns", "del", name(node)));
        links.forEach(link -> Command.works("ip", "link", "del", link));
        passTheFirewall("-D");
        Command.works("ip", "link", "del", bridge);
    }

    private static void removeLeftovers() {
        for (String line : Command.run("ip", "netns", "list").split("\n")) {
            Matcher name = NAME.matcher(line);
            if (name.find() && !Files.exists(Path.of("/proc", name.group(1)))) {
                Command.works("ip", "netns", "del", name.group());
                String left = "ebla" + name.group(1);
                Command.works("iptables", "-w", "-D", "FORWARD", "-i", left, "-j", "ACCEPT");
                Command.works("ip", "link", "del", left);
            }
        }
    }
}
