package io.ebla.tabletserver.tablet;

import io.ebla.tabletserver.store.TabletStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Random;

/** A store whose memory sometimes does not know a row, so that a read has to wait for the disk. */
final class ColdReads {

    private ColdReads() {}

    static TabletStore of(TabletStore store, World world, Random random) {
        return (TabletStore)
                Proxy.newProxyInstance(
                        TabletStore.class.getClassLoader(),
                        new Class<?>[] {TabletStore.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().endsWith("FromMemory")
                                    && world.coldPerMille > 0
                                    && random.nextInt(1_000) < world.coldPerMille) {
                                return new TabletStore.MemoryRead.Incomplete();
                            }
                            try {
                                return method.invoke(store, arguments);
                            } catch (InvocationTargetException thrown) {
                                throw thrown.getCause();
                            }
                        });
    }
}
