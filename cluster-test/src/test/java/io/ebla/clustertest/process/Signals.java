package io.ebla.clustertest.process;

/** Signals to processes by their id, as a shell sends them. */
final class Signals {

    private Signals() {}

    static void send(String signal, long pid) {
        Command.run("kill", "-" + signal, "" + pid);
    }
}
