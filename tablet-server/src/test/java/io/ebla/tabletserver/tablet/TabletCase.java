package io.ebla.tabletserver.tablet;

import io.ebla.tabletserver.store.CrashableTabletStores;

/** A tablet of one copy whose disk and clock are under the test's hand. */
abstract class TabletCase {

    static final RowCondition ABSENT = (key, row) -> row.isEmpty();
    static final RowCondition PRESENT = (key, row) -> row.isPresent();

    final CrashableTabletStores stores = new CrashableTabletStores();
    SimulatedTablet sim = new SimulatedTablet(stores, TabletSettings.DEFAULTS);

    final SimulatedTablet serving() {
        return sim.open().serve();
    }

    final void crash() {
        sim.oplog.crash();
        restart();
    }

    final void restart() {
        stores.crash();
        sim = new SimulatedTablet(sim.clock, sim.oplog, stores, TabletSettings.DEFAULTS).open();
    }

    final void becomeMaster(long epoch) {
        sim.takeOver(epoch);
        sim.settleAndSync();
    }
}
