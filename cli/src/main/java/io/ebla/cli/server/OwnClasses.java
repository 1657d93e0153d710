package io.ebla.cli.server;

import java.io.IOException;
import java.net.URL;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/**
 * All classes of Ebla, whatever a rehearsal comes by: those of a failover, a move or a merge are wanted at
 * once, too, when it comes to one for the first time, and while nobody serves.
 */
public final class OwnClasses {

    private static final String ROOT = "io/ebla/";
    private static final String SUFFIX = ".class";

    private OwnClasses() {}

    /** Loads them, without running any. */
    public static void load() throws IOException {
        PathMatchingResourcePatternResolver found = new PathMatchingResourcePatternResolver();
        for (Resource each : found.getResources("classpath*:" + ROOT + "**/*" + SUFFIX)) {
            load(each.getURL());
        }
    }

    private static void load(URL place) {
        String path = place.toString();
        String name = path.substring(path.lastIndexOf(ROOT), path.length() - SUFFIX.length());
        try {
            Class.forName(name.replace('/', '.'), false, OwnClasses.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError without) {
            // It wants a library that is not there, and is never used here.
        }
    }
}
