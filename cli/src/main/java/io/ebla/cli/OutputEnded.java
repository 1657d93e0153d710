package io.ebla.cli;

import java.io.IOException;

/** Nothing more can be written to standard output: who read it has gone, or its disk is full. */
final class OutputEnded extends IOException {

    private static final long serialVersionUID = 1L;

    OutputEnded() {
        super("standard output ended early: its reader has gone, or its disk is full");
    }
}
