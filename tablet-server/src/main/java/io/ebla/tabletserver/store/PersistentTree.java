package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * An immutable ordered map: a change returns another tree that shares all but one path with this
 * one, so that a view is a reference and costs nothing to keep consistent.
 *
 * <p>A height-balanced (AVL) tree with path copying; operations take O(log n) steps. Safe for any
 * thread.
 */
final class PersistentTree<V> {

    private static final PersistentTree<?> EMPTY = new PersistentTree<>(null);

    private final Node<V> root;

    private PersistentTree(Node<V> root) {
        this.root = root;
    }

    @SuppressWarnings("unchecked")
    static <V> PersistentTree<V> empty() {
        return (PersistentTree<V>) EMPTY;
    }

    private record Node<V>(Bytes key, V value, Node<V> left, Node<V> right, int height) {

        static <V> Node<V> of(Bytes key, V value, Node<V> left, Node<V> right) {
            int height = 1 + Math.max(heightOf(left), heightOf(right));
            return new Node<>(key, value, left, right, height);
        }

        static int heightOf(Node<?> node) {
            return node == null ? 0 : node.height;
        }
    }

    /** The value of a key, null when there is none. */
    V get(Bytes key) {
        Node<V> node = root;
        while (node != null) {
            int order = key.compareTo(node.key);
            if (order == 0) {
                return node.value;
            }
            node = order < 0 ? node.left : node.right;
        }
        return null;
    }

    PersistentTree<V> with(Bytes key, V value) {
        return new PersistentTree<>(insert(root, key, value));
    }

    PersistentTree<V> without(Bytes key) {
        Node<V> rest = delete(root, key);
        return rest == root ? this : new PersistentTree<>(rest);
    }

    /**
     * Walks entries in order.
     *
     * @param from inclusive, empty for none
     * @param to exclusive, empty for none
     */
    Walk<V> walk(Bytes from, Bytes to, boolean descending) {
        return new Walk<>(root, from, to, descending);
    }

    private static <V> Node<V> insert(Node<V> node, Bytes key, V value) {
        if (node == null) {
            return Node.of(key, value, null, null);
        }
        int order = key.compareTo(node.key);
        if (order == 0) {
            return Node.of(key, value, node.left, node.right);
        }
        return order < 0
                ? balanced(node.key, node.value, insert(node.left, key, value), node.right)
                : balanced(node.key, node.value, node.left, insert(node.right, key, value));
    }

    private static <V> Node<V> delete(Node<V> node, Bytes key) {
        if (node == null) {
            return null;
        }
        int order = key.compareTo(node.key);
        if (order < 0) {
            Node<V> left = delete(node.left, key);
            return left == node.left ? node : balanced(node.key, node.value, left, node.right);
        }
        if (order > 0) {
            Node<V> right = delete(node.right, key);
            return right == node.right ? node : balanced(node.key, node.value, node.left, right);
        }
        if (node.left == null || node.right == null) {
            return node.left == null ? node.right : node.left;
        }
        Node<V> next = node.right;
        while (next.left != null) {
            next = next.left;
        }
        return balanced(next.key, next.value, node.left, delete(node.right, next.key));
    }

    /** A node over two subtrees whose heights differ by two at most. */
    private static <V> Node<V> balanced(Bytes key, V value, Node<V> left, Node<V> right) {
        int lean = Node.heightOf(left) - Node.heightOf(right);
        if (lean > 1) {
            if (Node.heightOf(left.left) >= Node.heightOf(left.right)) {
                Node<V> low = Node.of(key, value, left.right, right);
                return Node.of(left.key, left.value, left.left, low);
            }
            Node<V> top = left.right;
            return Node.of(
                    top.key,
                    top.value,
                    Node.of(left.key, left.value, left.left, top.left),
                    Node.of(key, value, top.right, right));
        }
        if (lean < -1) {
            if (Node.heightOf(right.right) >= Node.heightOf(right.left)) {
                Node<V> low = Node.of(key, value, left, right.left);
                return Node.of(right.key, right.value, low, right.right);
            }
            Node<V> top = right.left;
            return Node.of(
                    top.key,
                    top.value,
                    Node.of(key, value, left, top.left),
                    Node.of(right.key, right.value, top.right, right.right));
        }
        return Node.of(key, value, left, right);
    }

    /** A position between entries of one tree; owned by one thread at a time. */
    static final class Walk<V> {

        private final Deque<Node<V>> ahead = new ArrayDeque<>();
        private final Bytes from;
        private final Bytes to;
        private final boolean descending;
        private Node<V> current;

        private Walk(Node<V> root, Bytes from, Bytes to, boolean descending) {
            this.from = from;
            this.to = to;
            this.descending = descending;
            descend(root);
        }

        /** Stacks the entries on the way to the first one that is within the near bound. */
        private void descend(Node<V> root) {
            Node<V> node = root;
            while (node != null) {
                if (before(node.key)) {
                    node = descending ? node.left : node.right;
                } else {
                    ahead.push(node);
                    node = descending ? node.right : node.left;
                }
            }
        }

        private boolean before(Bytes key) {
            return descending ? !to.isEmpty() && key.compareTo(to) >= 0 : key.compareTo(from) < 0;
        }

        private boolean beyond(Bytes key) {
            return descending ? key.compareTo(from) < 0 : !to.isEmpty() && key.compareTo(to) >= 0;
        }

        /** Moves to the next entry; false at the end. */
        boolean next() {
            current = ahead.poll();
            if (current == null || beyond(current.key)) {
                ahead.clear();
                current = null;
                return false;
            }
            descend(descending ? current.left : current.right);
            return true;
        }

        Bytes key() {
            return current.key;
        }

        V value() {
            return current.value;
        }
    }
}
