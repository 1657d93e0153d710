package io.ebla.tabletserver.tablet;

/** What a read promises. */
public enum ReadLevel {
    /** Never misses what was committed before it began, never shows what could be lost. */
    STRONG,
    /** Any replica that has reached the caller's position. */
    SESSION,
    /** Any replica, perhaps stale, never uncommitted. */
    LOCAL
}
