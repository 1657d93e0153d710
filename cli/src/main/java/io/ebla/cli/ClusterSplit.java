package io.ebla.cli;

import io.ebla.client.ClusterAdministration;
import io.ebla.core.key.Bytes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Begins the split of a tablet, which the metadata carries through. */
@Command(
        name = "split",
        description = "Splits a tablet in the middle, or at a pk.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Rows are served all the while, but for a moment in which the children begin.",
            "",
            "Examples:",
            "  ebla cluster tablets visits",
            "  ebla cluster split visits 7 --at m --wait"
        })
final class ClusterSplit extends OperationCommand {

    @Parameters(index = "0", paramLabel = "TABLE", description = "The table.")
    private String table;

    @Parameters(
            index = "1",
            paramLabel = "TABLET",
            description = "The tablet, as `ebla cluster tablets` names it.")
    private String tablet;

    @Option(
            names = "--at",
            paramLabel = "PK",
            description = "The first pk of the upper half (default: half of the bytes lie below).")
    private String at;

    ClusterSplit(Console console) {
        super(console);
    }

    @Override
    String begin(ClusterAdministration cluster) {
        return cluster.splitTablet(table, tablet, at == null ? null : Bytes.utf8(at));
    }
}
