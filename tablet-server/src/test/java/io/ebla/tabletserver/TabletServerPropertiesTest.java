package io.ebla.tabletserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Settings that do not go together are refused at the start, and say why. */
class TabletServerPropertiesTest {

    private static TabletServerProperties bind(Map<String, String> settings) {
        MapConfigurationPropertySource source = new MapConfigurationPropertySource(settings);
        source.put("ebla.node-id", "t1");
        return new Binder(source).bindOrCreate("ebla", TabletServerProperties.class);
    }

    @Test
    void aGroupIsAsLargeAsItWasSetWhereTheJournalTakesIt() {
        assertThat(bind(Map.of()).groupBytes()).isEqualTo(4 << 20);
        assertThat(bind(Map.of("ebla.oplog.segment-size", "4MB")).groupBytes())
                .isEqualTo((2 << 20) - (64 << 10) - (1 << 20));
    }

    @Test
    void aSegmentThatCannotTakeTheLargestWriteIsRefused() {
        assertThatThrownBy(() -> bind(Map.of("ebla.oplog.segment-size", "1MB")))
                .rootCause()
                .hasMessageContaining("ebla.oplog.segment-size")
                .hasMessageContaining("ebla.limits.value");
        Map<String, String> small =
                Map.of(
                        "ebla.oplog.segment-size", "1MB",
                        "ebla.limits.value", "128KB",
                        "ebla.limits.batch", "128KB");
        assertThat(bind(small).groupBytes()).isEqualTo(320 << 10);
    }

    @Test
    void aSegmentOfOddSizeIsRefused() {
        for (String size : new String[] {"100KB", "4000001B", "2GB", "3GB"}) {
            assertThatThrownBy(() -> bind(Map.of("ebla.oplog.segment-size", size)))
                    .rootCause()
                    .hasMessageContaining("multiple of 4096");
        }
    }

    @Test
    void theDiskStoresReadDirectlyAndWorkWithoutBoundWhereThatIsSet() {
        TabletServerProperties.Store defaults = bind(Map.of()).store();
        assertThat(defaults.directReads()).isFalse();
        assertThat(defaults.backgroundRate().toMegabytes()).isEqualTo(256);
        Map<String, String> set =
                Map.of("ebla.store.direct-reads", "true", "ebla.store.background-rate", "0");
        assertThat(bind(set).store().directReads()).isTrue();
        assertThat(bind(set).store().backgroundRate().toBytes()).isZero();
        assertThatThrownBy(() -> bind(Map.of("ebla.store.background-rate", "-1MB")))
                .rootCause()
                .hasMessageContaining("ebla.store.background-rate");
    }
}
