package io.ebla.tabletserver.ops;

import io.ebla.tabletserver.store.StoreFigures;
import io.ebla.tabletserver.tablet.TabletFigures;
import io.ebla.tabletserver.tablet.TabletHost;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Gauges of each open tablet, labelled with table and tablet. Read from the tablets at every scrape,
 * so that they come and go with them and cost nothing in between.
 */
final class TabletCollector implements MultiCollector {

    private record Figure(String name, String help, ToDoubleFunction<TabletFigures> value) {}

    private static final List<Figure> FIGURES =
            List.of(
                    new Figure("serving", "1 when it takes writes", TabletCollector::serving),
                    new Figure("epoch", "Epoch of its mastership", TabletFigures::epoch),
                    new Figure(
                            "appended_index", "Last appended entry", TabletFigures::appendedIndex),
                    new Figure(
                            "commit_index", "Last committed entry", TabletFigures::committedIndex),
                    new Figure("applied_index", "Last applied entry", TabletFigures::appliedIndex),
                    new Figure("rows", "Rows in its store", TabletFigures::rows),
                    new Figure("size_bytes", "Keys and values in its store", TabletFigures::bytes),
                    new Figure(
                            "mailbox_operations",
                            "Operations waiting for the writer",
                            TabletFigures::mailboxOperations),
                    new Figure(
                            "mailbox_bytes", "Bytes waiting likewise", TabletFigures::mailboxBytes),
                    new Figure(
                            "overlay_rows",
                            "Rows written and not yet applied",
                            TabletFigures::overlayRows),
                    new Figure(
                            "read_waits", "Reads waiting for an apply", TabletFigures::readWaits),
                    new Figure(
                            "expiry_backlog",
                            "Expired records not yet removed, up to a bound",
                            TabletFigures::expiredRows));

    private final TabletHost host;
    private final StoreFigures stores;

    TabletCollector(TabletHost host, StoreFigures stores) {
        this.host = host;
        this.stores = stores;
    }

    @Override
    public MetricSnapshots collect() {
        List<TabletFigures> tablets = host.figures();
        MetricSnapshots.Builder snapshots = MetricSnapshots.builder();
        for (Figure figure : FIGURES) {
            snapshots.metricSnapshot(gauge(figure, tablets));
        }
        List<StoreFigures.TabletFigures> onDisk = stores.tablets();
        snapshots.metricSnapshot(filesPerLevel(onDisk));
        snapshots.metricSnapshot(
                gauge(
                        "pending_compaction_bytes",
                        "Estimate of what compactions have to rewrite",
                        onDisk,
                        StoreFigures.TabletFigures::pendingCompactionBytes));
        snapshots.metricSnapshot(
                gauge(
                        "writes_stopped",
                        "1 while writes wait for flushes or compactions",
                        onDisk,
                        store -> store.writesStopped() ? 1 : 0));
        snapshots.metricSnapshot(orphans());
        return snapshots.build();
    }

    private GaugeSnapshot orphans() {
        return GaugeSnapshot.builder()
                .name("ebla_orphans")
                .help("What is on the disk and the metadata does not know, by kind")
                .dataPoint(orphans("replica", host.orphanedReplicas()))
                .dataPoint(orphans("folder", host.orphanedFolders()))
                .build();
    }

    private static GaugeDataPointSnapshot orphans(String kind, int count) {
        return GaugeDataPointSnapshot.builder()
                .labels(Labels.of("kind", kind))
                .value(count)
                .build();
    }

    private static GaugeSnapshot filesPerLevel(List<StoreFigures.TabletFigures> onDisk) {
        GaugeSnapshot.Builder gauge =
                GaugeSnapshot.builder()
                        .name("ebla_tablet_store_files")
                        .help("Table files of the rows, by level");
        for (StoreFigures.TabletFigures store : onDisk) {
            for (int level = 0; level < store.rowFilesPerLevel().size(); level++) {
                gauge.dataPoint(
                        GaugeDataPointSnapshot.builder()
                                .labels(
                                        Labels.of(
                                                "tablet",
                                                store.tablet().text(),
                                                "level",
                                                Integer.toString(level)))
                                .value(store.rowFilesPerLevel().get(level))
                                .build());
            }
        }
        return gauge.build();
    }

    private static GaugeSnapshot gauge(
            String name,
            String help,
            List<StoreFigures.TabletFigures> onDisk,
            ToDoubleFunction<StoreFigures.TabletFigures> value) {
        GaugeSnapshot.Builder gauge =
                GaugeSnapshot.builder().name("ebla_tablet_store_" + name).help(help);
        for (StoreFigures.TabletFigures store : onDisk) {
            gauge.dataPoint(
                    GaugeDataPointSnapshot.builder()
                            .labels(Labels.of("tablet", store.tablet().text()))
                            .value(value.applyAsDouble(store))
                            .build());
        }
        return gauge.build();
    }

    private static GaugeSnapshot gauge(Figure figure, List<TabletFigures> tablets) {
        GaugeSnapshot.Builder gauge =
                GaugeSnapshot.builder().name("ebla_tablet_" + figure.name()).help(figure.help());
        for (TabletFigures tablet : tablets) {
            gauge.dataPoint(
                    GaugeDataPointSnapshot.builder()
                            .labels(
                                    Labels.of(
                                            "table",
                                            tablet.table().value(),
                                            "tablet",
                                            tablet.tablet().text()))
                            .value(figure.value().applyAsDouble(tablet))
                            .build());
        }
        return gauge.build();
    }

    private static double serving(TabletFigures tablet) {
        return tablet.state().equals("serving") ? 1 : 0;
    }
}
