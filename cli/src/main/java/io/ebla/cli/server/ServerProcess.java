package io.ebla.cli.server;

import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** A server as a process: starts, says that it is ready, runs until it is told to stop or must. */
final class ServerProcess {

    private static final int DONE = 0;
    private static final int FAILED = 1;

    private ServerProcess() {}

    /** Returns the exit status once the server has ended. */
    static int run(Role role, Map<String, String> properties) throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
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
}
