package io.ebla.tabletserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.tabletserver.tablet.ReplicationSettings;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Numbers of replication that do not go together are refused at the start, by their names. */
class ReplicationPropertiesTest {

    private static ReplicationProperties bind(Map<String, String> settings) {
        return new Binder(new MapConfigurationPropertySource(settings))
                .bindOrCreate("ebla.replication", ReplicationProperties.class);
    }

    private static void refused(String says, String name, String value) {
        assertThatThrownBy(() -> bind(Map.of("ebla.replication." + name, value)))
                .rootCause()
                .hasMessageStartingWith("ebla.replication.")
                .hasMessageContaining(says);
    }

    @Test
    void whatNobodySetsIsWhatTheSimulationRunsWith() {
        assertThat(bind(Map.of()).settings(Long.MAX_VALUE)).isEqualTo(ReplicationSettings.DEFAULTS);
    }

    @Test
    void everyNumberReachesItsPlace() {
        Map<String, String> all =
                Map.ofEntries(
                        Map.entry("ebla.replication.lease", "800ms"),
                        Map.entry("ebla.replication.beat", "150ms"),
                        Map.entry("ebla.replication.clock-drift", "20"),
                        Map.entry("ebla.replication.wall-step", "30ms"),
                        Map.entry("ebla.replication.stalled-sync", "4s"),
                        Map.entry("ebla.replication.window-entries", "50"),
                        Map.entry("ebla.replication.window-size", "6MB"),
                        Map.entry("ebla.replication.read-size", "64KB"),
                        Map.entry("ebla.replication.read-rate", "8MB"),
                        Map.entry("ebla.replication.probe", "90ms"),
                        Map.entry("ebla.replication.max-clock-offset", "700ms"),
                        Map.entry("ebla.replication.hand-over", "5s"));
        assertThat(bind(all).settings(Long.MAX_VALUE))
                .isEqualTo(
                        new ReplicationSettings(
                                800, 150, 20, 30, 4_000, 50, 6L << 20, 64 << 10, 8L << 20, 90, 700,
                                5_000));
    }

    /** A slave's journal would refuse it, each time it is sent. */
    @Test
    void noMoreIsReadForASlaveThanItsJournalTakesAtOnce() {
        assertThat(bind(Map.of()).settings(320 << 10).readBytes()).isEqualTo(320 << 10);
    }

    @Test
    void aLeaseOutlastsTwoBeats() {
        refused("outlast two beats of ebla.replication.beat=100ms", "lease", "200ms");
        refused("outlast two beats of ebla.replication.beat=300ms", "beat", "300ms");
        assertThat(
                        bind(Map.of("ebla.replication.lease", "215ms"))
                                .settings(Long.MAX_VALUE)
                                .leaseMillis())
                .isEqualTo(215);
    }

    @Test
    void aLeaseIsShorterThanWhatAnElectionWaits() {
        refused("3000ms at most", "lease", "4s");
    }

    @Test
    void whatIsNoBoundIsRefused() {
        refused("window-entries cannot be 0", "window-entries", "0");
        refused("read-rate cannot be 0B", "read-rate", "0B");
        refused("clock-drift cannot be -1", "clock-drift", "-1");
        refused("hand-over cannot be PT0S", "hand-over", "0ms");
        refused("ebla.replication.window-size=16777216B", "read-size", "17MB");
        refused("above ebla.replication.wall-step=10ms", "max-clock-offset", "5ms");
    }
}
