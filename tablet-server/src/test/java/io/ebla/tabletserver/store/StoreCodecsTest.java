package io.ebla.tabletserver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.IdempotencyId;
import io.ebla.core.oplog.IdempotencyRecord;
import io.ebla.core.oplog.Mutation;
import io.ebla.core.row.Row;
import io.ebla.core.row.RowVersion;
import io.ebla.tabletserver.store.RowCodec.Header;
import io.ebla.tabletserver.store.TabletStore.Applied;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

/** What stores write is what they read, and what nobody wrote is told as corruption. */
class StoreCodecsTest {

    private static final RowKey KEY = RowKey.of("pk", "sk");

    @Provide
    Arbitrary<String> types() {
        return Arbitraries.oneOf(
                Arbitraries.of("application/json", "text/plain", "application/octet-stream", ""),
                Arbitraries.strings().ofMaxLength(400));
    }

    @Property
    void rowsComeBackAsTheyWere(
            @ForAll @Size(max = 300) byte[] value,
            @ForAll("types") String type,
            @ForAll long createdAt,
            @ForAll long updatedAt,
            @ForAll @LongRange(min = 0) long expiresAt,
            @ForAll @LongRange(min = 0) long index,
            @ForAll @IntRange(min = 0) int position,
            @ForAll boolean inline) {
        RowVersion version = new RowVersion(index / 3, index, position);
        Mutation.Put put = put(Bytes.wrap(value), type, createdAt, expiresAt);
        byte[] stored = RowCodec.encode(put, version, updatedAt, inline);
        Header header = RowCodec.decode(stored, stored.length);
        Bytes read =
                inline
                        ? RowCodec.inlineValue(stored, stored.length, header)
                        : RowCodec.largeValue(
                                RowCodec.encodeLarge(Bytes.wrap(value), version), header);
        Row expected =
                new Row(
                        KEY,
                        Bytes.wrap(value),
                        value.length,
                        new String(type.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8),
                        version,
                        createdAt,
                        updatedAt,
                        expiresAt);
        assertThat(header.toRow(KEY, read)).isEqualTo(expected);
        assertThat(header.inline()).isEqualTo(inline);
        Header start = RowCodec.decodeStart(Arrays.copyOf(stored, 256));
        assertThat(start == null || start.equals(header)).isTrue();
        assertThat(start != null || header.length() > 256).isTrue();
    }

    private static Mutation.Put put(Bytes value, String type, long createdAt, long expiresAt) {
        return new Mutation.Put(KEY, value, type, createdAt, expiresAt, Mutation.Replaced.NOTHING);
    }

    @Property
    void aCutRowIsCorrupted(
            @ForAll @Size(max = 40) byte[] value, @ForAll @IntRange(max = 60) int at) {
        byte[] stored =
                RowCodec.encode(
                        put(Bytes.wrap(value), "x/y", 1, 2), new RowVersion(1, 2, 3), 4, true);
        int length = Math.min(at, stored.length - 1);
        assertCorrupted(
                () -> {
                    Header header = RowCodec.decode(stored, length);
                    RowCodec.inlineValue(stored, length, header);
                });
    }

    @Property
    void rubbishIsARowOrCorrupted(@ForAll @Size(max = 60) byte[] rubbish) {
        try {
            Header header = RowCodec.decode(rubbish, rubbish.length);
            RowCodec.inlineValue(rubbish, rubbish.length, header);
        } catch (EblaException corrupted) {
            assertThat(corrupted.code()).isEqualTo(ErrorCode.CORRUPTED);
        }
    }

    @Example
    void aLargeValueOfAnotherVersionIsNotTheRows() {
        Bytes value = Bytes.wrap(new byte[5_000]);
        Mutation.Put put = put(value, "x/y", 1, 0);
        byte[] stored = RowCodec.encode(put, new RowVersion(1, 2, 3), 4, false);
        Header header = RowCodec.decode(stored, stored.length);
        assertThat(RowCodec.largeValue(null, header)).isNull();
        assertThat(
                        RowCodec.largeValue(
                                RowCodec.encodeLarge(value, new RowVersion(1, 3, 3)), header))
                .isNull();
        assertThat(RowCodec.largeValue(RowCodec.encodeLarge(value, header.version()), header))
                .isEqualTo(value);
    }

    @Property
    void expiryRecordsStandInTheOrderOfTheirTimes(
            @ForAll long left, @ForAll long right, @ForAll @Size(max = 5) byte[] key) {
        ExpiryKey a = ExpiryKey.ofRow(left, Bytes.wrap(key));
        ExpiryKey b = ExpiryKey.ofIdempotency(right, Bytes.EMPTY);
        int expected = left == right ? -1 : Long.compare(left, right);
        assertThat(Integer.signum(a.encoded().compareTo(b.encoded()))).isEqualTo(expected);
        assertThat(ExpiryKey.decode(a.encoded())).isEqualTo(a);
        assertThat(ExpiryKey.decode(b.encoded())).isEqualTo(b);
        assertThat(a.encoded()).isGreaterThanOrEqualTo(ExpiryKey.bound(left));
        Bytes bound = ExpiryKey.dueBound(left);
        assertThat(bound.isEmpty() || a.encoded().compareTo(bound) < 0).isTrue();
    }

    @Property
    void idempotencyKeysTellRequestsApartAndStandWithTheirPk(
            @ForAll @Size(max = 4) byte[] pk,
            @ForAll @Size(max = 4) byte[] otherPk,
            @ForAll @StringLength(max = 3) String principal,
            @ForAll @StringLength(max = 3) String otherPrincipal) {
        IdempotencyId id = new IdempotencyId(Bytes.wrap(pk), principal, "k");
        IdempotencyId other = new IdempotencyId(Bytes.wrap(otherPk), otherPrincipal, "k");
        int pks = Bytes.wrap(pk).compareTo(Bytes.wrap(otherPk));
        int keys = IdempotencyCodec.key(id).compareTo(IdempotencyCodec.key(other));
        if (pks != 0) {
            assertThat(Integer.signum(keys)).isEqualTo(Integer.signum(pks));
        } else {
            assertThat(keys == 0)
                    .isEqualTo(Bytes.utf8(principal).equals(Bytes.utf8(otherPrincipal)));
        }
    }

    @Example
    void principalAndKeyDoNotRunIntoEachOther() {
        Bytes one = IdempotencyCodec.key(new IdempotencyId(Bytes.utf8("p"), "ab", "c"));
        Bytes other = IdempotencyCodec.key(new IdempotencyId(Bytes.utf8("p"), "a", "bc"));
        assertThat(one).isNotEqualTo(other);
    }

    @Property
    void idempotencyRecordsComeBackAsTheyWere(
            @ForAll @Size(max = 20) byte[] fingerprint,
            @ForAll @Size(max = 200) byte[] answer,
            @ForAll @LongRange(min = 1) long expiresAt) {
        IdempotencyId id = new IdempotencyId(Bytes.utf8("p"), "", "k");
        IdempotencyRecord memo =
                new IdempotencyRecord(id, Bytes.wrap(fingerprint), Bytes.wrap(answer), expiresAt);
        byte[] stored = IdempotencyCodec.encode(memo);
        assertThat(IdempotencyCodec.decode(id, stored)).isEqualTo(memo);
        assertThat(IdempotencyCodec.expiresAt(stored)).isEqualTo(expiresAt);
    }

    @Example
    void whatAnotherVersionWroteIsRefused() {
        assertCorrupted(() -> AppliedCodec.decode(new byte[41]));
        assertCorrupted(() -> AppliedCodec.decode(new byte[3]));
        assertCorrupted(() -> IdempotencyCodec.expiresAt(new byte[] {9, 1}));
        assertCorrupted(() -> ExpiryKey.decode(Bytes.wrap(new byte[9])));
        assertCorrupted(() -> ExpiryKey.decode(Bytes.wrap(new byte[4])));
        assertCorrupted(() -> RowCodec.decode(new byte[] {2, 0, 0}, 3));
        Applied applied = new Applied(1, 2, 3, 4, 5);
        assertThat(AppliedCodec.decode(AppliedCodec.encode(applied))).isEqualTo(applied);
    }

    private static void assertCorrupted(Runnable read) {
        assertThatExceptionOfType(EblaException.class)
                .isThrownBy(read::run)
                .satisfies(told -> assertThat(told.code()).isEqualTo(ErrorCode.CORRUPTED));
    }
}
