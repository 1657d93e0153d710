package io.ebla.tabletserver.oplog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import org.junit.jupiter.api.Test;

class InMemoryOplogTest extends OplogReadContract {

    @Override
    Oplog open(int queueEntries) {
        return new InMemoryOplog(1 << 20, queueEntries, 1 << 20);
    }

    @Test
    void whatIsReleasedMakesRoom() {
        long index = 1;
        while (oplog.sizeBytes() < 900_000) {
            append(Entries.writes(ONE, index, index, 100_000));
            index++;
        }
        long next = index;
        assertThatThrownBy(() -> append(Entries.writes(ONE, next, next + 1, 100_000)))
                .isInstanceOfSatisfying(
                        EblaException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED));
        assertThat(oplog.pinningOldest()).containsExactly(ONE);

        oplog.release(ONE, next - 1);
        append(Entries.writes(ONE, next, next + 1, 100_000));

        assertThat(oplog.tail(ONE).orElseThrow().firstIndex()).isEqualTo(next);
        assertThatThrownBy(() -> read(ONE, 1))
                .isInstanceOfSatisfying(
                        EblaException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPTED));
        assertThat(read(ONE, next)).hasSize(2);
    }
}
