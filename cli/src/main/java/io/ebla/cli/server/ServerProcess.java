package io.ebla.cli.server;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** A server as a process: starts, says that it is ready, runs until it is told to stop or must. */
final class ServerProcess {

    /** The property that says so: the process ends cleanly when its standard input does. */
    static final String END_WITH_INPUT = "ebla.end-with-input";

    private static final int DONE = 0;
    private static final int FAILED = 1;
    private static final int ORPHANED = 143;

    private ServerProcess() {}

    /** Returns the exit status once the server has ended. */
    static int run(Role role, Map<String, String> properties) throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        if (properties.containsKey(END_WITH_INPUT)) {
            endWithInput();
        }
        try {
            RunningServer server = RunningServer.start(role, properties, ended::countDown);
            System.out.println("ebla ready " + server.url());
            System.out.flush();
            ended.await();
            return DONE;
        } catch (StartRefused refused) {
            System.err.println("ebla: " + refused.getMessage());
            return FAILED;
        }
    }

    /** The other end is held by the process that started this one: it closes however that one ends. */
    private static void endWithInput() {
        Thread watch = new Thread(ServerProcess::awaitEndOfInput, "ebla-end-with-input");
        watch.setDaemon(true);
        watch.start();
    }

    private static void awaitEndOfInput() {
        try {
            while (System.in.read() >= 0) {
                continue;
            }
        } catch (IOException broken) {
            System.err.println("ebla: the standard input is broken: " + broken.getMessage());
        }
        System.err.println("ebla: the standard input ended, and this process with it");
        System.exit(ORPHANED);
    }
}
