package io.ebla.cli.server;

/** What a server process is. */
enum Role {
    DEV,
    META_SERVER,
    TABLET_SERVER
}
