package io.ebla.tabletserver.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.key.Bytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The tree is a sorted map whose older versions stay as they were. */
class PersistentTreeTest {

    @Property(tries = 30)
    void everyVersionAgreesWithASortedMap(@ForAll long seed) {
        Random random = new Random(seed);
        PersistentTree<Integer> tree = PersistentTree.empty();
        NavigableMap<Bytes, Integer> map = new TreeMap<>();
        List<PersistentTree<Integer>> versions = new ArrayList<>();
        List<NavigableMap<Bytes, Integer>> copies = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Bytes key = key(random);
            if (random.nextInt(3) > 0) {
                tree = tree.with(key, i);
                map.put(key, i);
            } else {
                tree = tree.without(key);
                map.remove(key);
            }
            if (i % 20 == 0) {
                versions.add(tree);
                copies.add(new TreeMap<>(map));
            }
        }
        versions.add(tree);
        copies.add(map);
        for (int i = 0; i < versions.size(); i++) {
            assertAgrees(versions.get(i), copies.get(i), key(random), key(random));
        }
    }

    private static Bytes key(Random random) {
        byte[] bytes = new byte[random.nextInt(3)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (random.nextInt(12) * 25);
        }
        return Bytes.wrap(bytes);
    }

    private static void assertAgrees(
            PersistentTree<Integer> tree, NavigableMap<Bytes, Integer> map, Bytes from, Bytes to) {
        map.forEach((key, value) -> assertThat(tree.get(key)).isEqualTo(value));
        List<Bytes> expected =
                map.keySet().stream()
                        .filter(key -> key.compareTo(from) >= 0)
                        .filter(key -> to.isEmpty() || key.compareTo(to) < 0)
                        .toList();
        assertThat(keys(tree.walk(from, to, false))).isEqualTo(expected);
        List<Bytes> falling = new ArrayList<>(keys(tree.walk(from, to, true)));
        Collections.reverse(falling);
        assertThat(falling).isEqualTo(expected);
        assertThat(keys(tree.walk(Bytes.EMPTY, Bytes.EMPTY, false)))
                .isEqualTo(List.copyOf(map.keySet()));
    }

    private static List<Bytes> keys(PersistentTree.Walk<Integer> walk) {
        List<Bytes> keys = new ArrayList<>();
        while (walk.next()) {
            keys.add(walk.key());
        }
        assertThat(walk.next()).isFalse();
        return keys;
    }

    /** Unbalanced it would be 100,000 deep and end the stack. */
    @Example
    void risingAndFallingKeysKeepItShallow() {
        PersistentTree<Integer> tree = PersistentTree.empty();
        for (int i = 0; i < 100_000; i++) {
            tree = tree.with(Bytes.utf8(String.format("%08d", i)), i);
        }
        for (int i = 99_999; i >= 1_000; i--) {
            tree = tree.without(Bytes.utf8(String.format("%08d", i)));
        }
        assertThat(keys(tree.walk(Bytes.EMPTY, Bytes.EMPTY, false))).hasSize(1_000);
    }
}
