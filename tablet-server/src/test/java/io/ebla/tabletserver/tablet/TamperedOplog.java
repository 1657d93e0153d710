package io.ebla.tabletserver.tablet;

import io.ebla.tabletserver.oplog.Oplog;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** An oplog of which some calls are changed on their way. */
final class TamperedOplog {

    private TamperedOplog() {}

    /** Changes what a method is called with, or what it gives. */
    interface Change {

        /** @param arguments to be changed in place; null for none */
        default void before(String method, Object[] arguments) {}

        default Object after(String method, Object result) {
            return result;
        }
    }

    static Oplog of(Oplog oplog, Change change) {
        return (Oplog)
                Proxy.newProxyInstance(
                        Oplog.class.getClassLoader(),
                        new Class<?>[] {Oplog.class},
                        (proxy, method, arguments) -> {
                            Object[] given = arguments == null ? null : arguments.clone();
                            change.before(method.getName(), given);
                            try {
                                return change.after(method.getName(), method.invoke(oplog, given));
                            } catch (InvocationTargetException thrown) {
                                throw thrown.getCause();
                            }
                        });
    }
}
