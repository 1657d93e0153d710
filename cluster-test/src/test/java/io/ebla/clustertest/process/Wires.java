package io.ebla.clustertest.process;

import java.util.List;

/**
 * What joins the processes of a cluster: where each one's address is, and which of them hear each other.
 * The tests reach every process at all times. One thread.
 */
public interface Wires extends AutoCloseable {

    /** The address of the node. */
    String address(String node);

    /** What a command must run under to be at that address. */
    List<String> under(String node);

    /** Whether connections can be cut. */
    boolean canCut();

    /** What one node sends no longer reaches the other; the other way is untouched. */
    void cut(String from, String to);

    /** Everything reaches everyone again. */
    void heal();

    @Override
    void close();

    /** Namespaces where they can be made, else loopback; says which and why. */
    static Wires best(List<String> nodes) {
        String missing = Namespaces.whatIsMissing();
        if (missing.isEmpty()) {
            return new Namespaces(nodes);
        }
        System.out.println("Wires: loopback, nothing can be cut: " + missing);
        return new Loopback();
    }

    /** All on one address, never cut. */
    final class Loopback implements Wires {

        @Override
        public String address(String node) {
            return "127.0.0.1";
        }

        @Override
        public List<String> under(String node) {
            return List.of();
        }

        @Override
        public boolean canCut() {
            return false;
        }

        @Override
        public void cut(String from, String to) {
            throw new UnsupportedOperationException("loopback cannot be cut");
        }

        @Override
        public void heal() {}

        @Override
        public void close() {}
    }
}
