package io.ebla.tabletserver.tablet;

import io.ebla.core.contract.EblaException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Answers on their way out: collected while the writer works, then handed over with one task for each
 * executor, so that the writer wakes an event loop once a group and runs nothing of its own there.
 */
final class Replies {

    private static final Logger LOG = System.getLogger(Replies.class.getName());

    private List<Bundle> bundles = new ArrayList<>();

    void answer(Submission submission, int slot, WriteResult result, EblaException failure) {
        if (submission.answer(slot, result, failure)) {
            add(submission.replyOn(), submission::reply);
        }
    }

    void add(Executor executor, Runnable reply) {
        for (Bundle bundle : bundles) {
            if (bundle.executor == executor) {
                bundle.replies.add(reply);
                return;
            }
        }
        Bundle bundle = new Bundle(executor, new ArrayList<>());
        bundle.replies.add(reply);
        bundles.add(bundle);
    }

    void handOver() {
        if (bundles.isEmpty()) {
            return;
        }
        List<Bundle> ready = bundles;
        bundles = new ArrayList<>();
        for (Bundle bundle : ready) {
            try {
                bundle.executor.execute(bundle);
            } catch (RejectedExecutionException closed) {
                LOG.log(
                        Level.DEBUG,
                        "{0} answers found their event loop closed",
                        bundle.replies.size());
            }
        }
    }

    /** Runs on the caller's executor; one reply that throws does not take the others with it. */
    private record Bundle(Executor executor, List<Runnable> replies) implements Runnable {

        @Override
        public void run() {
            for (Runnable reply : replies) {
                try {
                    reply.run();
                } catch (RuntimeException failed) {
                    LOG.log(Level.ERROR, "a reply failed", failed);
                }
            }
        }
    }
}
