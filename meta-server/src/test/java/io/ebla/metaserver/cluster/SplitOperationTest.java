package io.ebla.metaserver.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletId;
import java.util.List;
import org.junit.jupiter.api.Test;

class SplitOperationTest {

    private static SplitOperation wanted(String atHex, boolean byLoad) {
        return new SplitOperation(
                "split",
                new TabletId(1),
                new TableName("table"),
                atHex,
                byLoad,
                false,
                atHex,
                new TabletId(2),
                new TabletId(3),
                SplitOperation.Phase.CHOOSING,
                List.of(),
                1,
                0,
                "");
    }

    @Test
    void whoAsksForTheMiddleIsNotToldOfASplitByLoad() {
        assertThat(wanted("", false).isAskedFor("")).isTrue();
        assertThat(wanted("", true).isAskedFor("")).isFalse();
    }

    @Test
    void whoNamesABoundIsToldOfASplitThere() {
        assertThat(wanted("00", false).isAskedFor("00")).isTrue();
        assertThat(wanted("00", false).isAskedFor("01")).isFalse();
        assertThat(wanted("00", false).isAskedFor("")).isFalse();
    }
}
