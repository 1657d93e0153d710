package io.ebla.tabletserver.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.tabletserver.network.OutgoingQueue.Outgoing;
import io.ebla.tabletserver.wire.Envelope;
import org.junit.jupiter.api.Test;

class OutgoingQueueTest {

    private static Outgoing message(int bytes) {
        return new Outgoing(Envelope::getDefaultInstance, bytes);
    }

    @Test
    void beatsAndAcknowledgementsOvertakeAppends() {
        OutgoingQueue queue = new OutgoingQueue(10, 1_000);
        Outgoing append = message(10);
        Outgoing beat = message(10);
        queue.offer(append);
        queue.offerUrgent(beat);

        assertThat(queue.poll()).isSameAs(beat);
        assertThat(queue.poll()).isSameAs(append);
        assertThat(queue.poll()).isNull();
    }

    @Test
    void appendsThatFillTheirLaneLeaveTheOtherOneFree() {
        OutgoingQueue queue = new OutgoingQueue(2, 1_000);
        assertThat(queue.offer(message(1))).isTrue();
        assertThat(queue.offer(message(1))).isTrue();
        assertThat(queue.offer(message(1))).isFalse();
        assertThat(queue.offerUrgent(message(1))).isTrue();
    }

    @Test
    void aLaneIsBoundedInBytesAndHasRoomAgainAfterAPoll() {
        OutgoingQueue queue = new OutgoingQueue(100, 1_000);
        assertThat(queue.offer(message(900))).isTrue();
        assertThat(queue.offer(message(200))).isFalse();
        assertThat(queue.offer(message(100))).isTrue();
        queue.poll();
        assertThat(queue.offer(message(900))).isTrue();
    }

    @Test
    void whatIsForgottenIsCountedAndLeavesRoom() {
        OutgoingQueue queue = new OutgoingQueue(3, 1_000);
        queue.offer(message(1));
        queue.offer(message(1));
        queue.offerUrgent(message(1));
        assertThat(queue.clear()).isEqualTo(3);
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.offer(message(1_000))).isTrue();
    }
}
