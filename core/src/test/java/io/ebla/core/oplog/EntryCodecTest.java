package io.ebla.core.oplog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class EntryCodecTest {

    @Property(tries = 500)
    void anEntryComesBackAsItWas(@ForAll("entries") LogEntry entry) {
        ByteBuffer heap = encoded(entry);
        ByteBuffer direct = ByteBuffer.allocateDirect(heap.remaining() + 7);
        direct.position(7).put(heap.duplicate()).flip().position(7);

        assertThat(EntryCodec.decode(heap)).isEqualTo(entry);
        assertThat(heap.hasRemaining()).isFalse();
        assertThat(EntryCodec.decode(direct)).isEqualTo(entry);
    }

    @Property(tries = 60)
    void everyTruncationIsRefused(@ForAll("entries") LogEntry entry) {
        byte[] whole = encoded(entry).array();
        for (int length = 0; length < whole.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(whole, 0, length);
            assertThatThrownBy(() -> EntryCodec.decode(cut))
                    .isInstanceOf(CorruptEntryException.class);
            assertThat(cut.position()).isZero();
        }
    }

    @Property(tries = 40)
    void everySingleBitFlipIsRefused(@ForAll("entries") LogEntry entry) {
        byte[] whole = encoded(entry).array();
        for (int bit = 0; bit < whole.length * 8; bit++) {
            whole[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> EntryCodec.decode(ByteBuffer.wrap(whole)))
                    .as("bit %d", bit)
                    .isInstanceOf(CorruptEntryException.class);
            whole[bit / 8] ^= (byte) (1 << bit % 8);
        }
    }

    @Property(tries = 200)
    void entriesFollowEachOtherInOneBuffer(
            @ForAll("entries") LogEntry a, @ForAll("entries") LogEntry b) {
        ByteBuffer both =
                ByteBuffer.allocate(EntryCodec.encodedSize(a) + EntryCodec.encodedSize(b) + 3);
        EntryCodec.encode(a, both);
        EntryCodec.encode(b, both);
        both.position(0);

        assertThat(EntryCodec.decode(both)).isEqualTo(a);
        assertThat(EntryCodec.decode(both)).isEqualTo(b);
        assertThat(both.remaining()).isEqualTo(3);
    }

    @Example
    void unknownKindsAndFlagsAreKept() {
        LogEntry entry =
                new LogEntry(
                        new TabletId(7),
                        3,
                        9,
                        2,
                        8,
                        5,
                        new EntryKind(201),
                        0xBEEF,
                        "else",
                        "",
                        List.of());

        assertThat(EntryCodec.decode(encoded(entry))).isEqualTo(entry);
    }

    @Example
    void anUnknownMutationIsToldAsSuch() {
        LogEntry entry =
                new LogEntry(
                        new TabletId(7),
                        3,
                        9,
                        2,
                        8,
                        5,
                        EntryKind.EXPIRE,
                        "",
                        List.of(new Mutation.Expire(4, 2)));
        ByteBuffer bytes = encoded(entry);
        bytes.put(64, (byte) 99);
        resealed(bytes);

        assertThatThrownBy(() -> EntryCodec.decode(bytes))
                .isInstanceOf(UnsupportedEntryException.class)
                .hasMessageContaining("99");
    }

    @Example
    void anUnknownFormatIsToldAsSuch() {
        LogEntry entry =
                new LogEntry(new TabletId(7), 3, 9, 2, 8, 5, EntryKind.EPOCH_START, "", List.of());
        ByteBuffer bytes = encoded(entry);
        bytes.put(0, (byte) 2);
        resealed(bytes);

        assertThatThrownBy(() -> EntryCodec.decode(bytes))
                .isInstanceOf(UnsupportedEntryException.class)
                .hasMessageContaining("format 2");
    }

    private static void resealed(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.array(), 0, bytes.capacity() - 4);
        bytes.putInt(bytes.capacity() - 4, (int) crc.getValue());
    }

    private static ByteBuffer encoded(LogEntry entry) {
        ByteBuffer target = ByteBuffer.allocate(EntryCodec.encodedSize(entry));
        EntryCodec.encode(entry, target);
        assertThat(target.hasRemaining()).isFalse();
        return target.flip();
    }

    @Provide
    static Arbitrary<LogEntry> entries() {
        Arbitrary<Long> epochs = Arbitraries.longs().between(1, Long.MAX_VALUE);
        Arbitrary<String> texts =
                Arbitraries.strings().ofMaxLength(20).filter(EntryCodecTest::isUtf8);
        return Combinators.combine(
                        epochs,
                        epochs,
                        epochs,
                        Arbitraries.longs(),
                        kinds(),
                        texts,
                        texts,
                        mutations().list().ofMaxSize(4))
                .as(
                        (tablet, epoch, index, time, kind, origin, principal, mutations) ->
                                new LogEntry(
                                        new TabletId(tablet),
                                        epoch,
                                        index,
                                        epoch / 2,
                                        index - 1,
                                        time,
                                        kind,
                                        (int) (index & 0xFFFF),
                                        origin,
                                        principal,
                                        mutations));
    }

    private static Arbitrary<EntryKind> kinds() {
        return Arbitraries.integers().between(0, 255).map(EntryKind::new);
    }

    private static Arbitrary<Mutation> mutations() {
        Arbitrary<Long> longs = Arbitraries.longs();
        Arbitrary<String> texts =
                Arbitraries.strings().ofMaxLength(20).filter(EntryCodecTest::isUtf8);
        Arbitrary<Mutation> puts =
                Combinators.combine(keys(), bytes(), texts, longs, longs, replaced())
                        .as(Mutation.Put::new);
        Arbitrary<Mutation> deletes =
                Combinators.combine(keys(), replaced()).as(Mutation.Delete::new);
        Arbitrary<Mutation> expires =
                Combinators.combine(longs, Arbitraries.integers().between(1, Integer.MAX_VALUE))
                        .as(Mutation.Expire::new);
        Arbitrary<Mutation> memos =
                Combinators.combine(
                                bytes(),
                                texts,
                                texts.map(text -> text + "k"),
                                bytes(),
                                bytes(),
                                Arbitraries.longs().between(1, Long.MAX_VALUE))
                        .as(
                                (pk, principal, key, fingerprint, answer, expiresAt) ->
                                        new Mutation.Remember(
                                                new IdempotencyRecord(
                                                        new IdempotencyId(pk, principal, key),
                                                        fingerprint,
                                                        answer,
                                                        expiresAt)));
        return Arbitraries.oneOf(puts, deletes, expires, memos);
    }

    private static Arbitrary<Mutation.Replaced> replaced() {
        Arbitrary<Long> longs = Arbitraries.longs();
        return Arbitraries.oneOf(
                Arbitraries.just(Mutation.Replaced.NOTHING),
                Combinators.combine(longs, longs)
                        .as((size, expiry) -> new Mutation.Replaced(true, size, expiry)));
    }

    private static Arbitrary<RowKey> keys() {
        return Combinators.combine(bytes(), bytes().injectNull(0.3)).as(RowKey::of);
    }

    private static Arbitrary<Bytes> bytes() {
        return Arbitraries.bytes().array(byte[].class).ofMaxSize(40).map(Bytes::wrap);
    }

    private static boolean isUtf8(String text) {
        return Bytes.utf8(text).toUtf8().equals(text);
    }
}
