package io.ebla.tabletserver.tablet;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * How a node's tablets end when nobody is in a hurry: masterships are handed over where others can take
 * them, writes in flight are finished, then nothing touches the stores any more. Each step is waited for a
 * bounded time.
 */
final class OrderlyEnd {

    private static final Logger LOG = System.getLogger(OrderlyEnd.class.getName());

    private interface Step {

        void begin(WritePipeline pipeline, Runnable done);
    }

    private OrderlyEnd() {}

    /** @param millis how long each step may take */
    static void of(List<Tablet> tablets, long millis) {
        await(tablets, millis, WritePipeline::handOverToBest);
        await(tablets, millis, WritePipeline::drain);
        await(tablets, millis, WritePipeline::close);
    }

    private static void await(List<Tablet> tablets, long millis, Step step) {
        CountDownLatch left = new CountDownLatch(tablets.size());
        for (Tablet tablet : tablets) {
            step.begin(tablet.pipeline(), left::countDown);
        }
        try {
            if (!left.await(millis, TimeUnit.MILLISECONDS)) {
                LOG.log(Level.WARNING, "{0} tablets did not end in time", left.getCount());
            }
        } catch (InterruptedException wanted) {
            Thread.currentThread().interrupt();
        }
    }
}
