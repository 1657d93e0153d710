package io.ebla.tabletserver.tablet;

import io.ebla.tabletserver.oplog.Oplog;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;

/** An oplog that tells of things as durable that are not yet. */
final class HastyOplog {

    private static final Oplog.AppendListener NOBODY =
            new Oplog.AppendListener() {
                @Override
                public void durable() {}

                @Override
                public void failed(RuntimeException cause) {}
            };

    private HastyOplog() {}

    /** An oplog that calls some things durable as soon as they are queued. */
    static Oplog of(Oplog oplog, String... methods) {
        List<String> hasty = List.of(methods);
        return (Oplog)
                Proxy.newProxyInstance(
                        Oplog.class.getClassLoader(),
                        new Class<?>[] {Oplog.class},
                        (proxy, method, arguments) -> {
                            Oplog.AppendListener told = null;
                            Object[] given = arguments;
                            if (hasty.contains(method.getName())) {
                                given = arguments.clone();
                                told = (Oplog.AppendListener) given[given.length - 1];
                                given[given.length - 1] = NOBODY;
                            }
                            Object result;
                            try {
                                result = method.invoke(oplog, given);
                            } catch (InvocationTargetException thrown) {
                                throw thrown.getCause();
                            }
                            if (told != null) {
                                told.durable();
                            }
                            return result;
                        });
    }
}
