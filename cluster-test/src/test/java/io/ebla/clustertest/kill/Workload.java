package io.ebla.clustertest.kill;

import io.ebla.clustertest.process.Api;
import java.util.Random;
import java.util.function.BooleanSupplier;

/**
 * One kind of writer, with rows of its own and a model of what they may hold.
 *
 * <p>It lives through all lives of the server; {@link #write} and {@link #check} are never called at the
 * same time.
 */
interface Workload {

    /** Writes until told to stop, and returns soon after a lost connection. */
    void write(Api api, Random random, BooleanSupplier stop);

    /** Holds its rows, read from a restarted server, against what was answered; then takes them as known. */
    void check(Snapshot rows, Api api);
}
