package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.tabletserver.oplog.SimulatedDisk;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;

/**
 * What disks do to a group: they are lost, change a byte, fail a sync. At most one replica is damaged at a
 * time, and only while nothing else is missing: the promise is that a quorum's disks live.
 */
final class Damages {

    /**
     * The last writes are spared: until the journal has said of them that they are durable, in its next write
     * or in the marker of an idle journal, their damage cannot be told from a torn end (L3).
     */
    private static final int LATEST = 6;

    private final GroupLife life;
    private final LocalGroup group;
    private final Random random;

    Damages(GroupLife life, Random random) {
        this.life = life;
        this.group = life.group();
        this.random = random;
    }

    /** A node's machine comes back with an empty disk. */
    void wipe() {
        GroupNode node = bearable();
        if (node != null) {
            stopped(node);
            node.wipe();
            life.restart(node);
        }
    }

    /** A byte that was durable is another when the process begins again. */
    void flip() {
        GroupNode node = bearable();
        if (node != null) {
            stopped(node);
            if (flip(node.disk())) {
                node.damage(true);
            }
            life.restart(node);
        }
    }

    /** A byte that was durable is another, while the process runs. */
    void rot() {
        GroupNode node = bearable();
        if (node != null && node.isUp() && flip(node.disk())) {
            node.rots();
        }
    }

    /** A sync fails soon: the process answers nothing new, and ends. */
    void failSync() {
        GroupNode node = bearable();
        if (node != null && node.isUp()) {
            node.disk().failForceIn(random.nextInt(3));
        }
    }

    /** Several frames in a row, or whole files, are zeros when the process begins again. */
    void scar() {
        GroupNode node = bearable();
        if (node != null) {
            stopped(node);
            if (wipeStretch(node.disk())) {
                node.damage(true);
            }
            life.restart(node);
        }
    }

    private boolean wipeStretch(SimulatedDisk disk) {
        List<SimulatedDisk.Event> writes = writes(disk);
        int spared = writes.size() - LATEST;
        if (spared < 1) {
            return false;
        }
        int first = random.nextInt(spared);
        String file = writes.get(first).file();
        boolean current = writes.subList(spared, writes.size()).stream().anyMatch(in(file));
        int most = !current && random.nextInt(3) == 0 ? writes.size() : 1 + random.nextInt(4);
        List<SimulatedDisk.Event> chosen =
                writes.subList(most > 4 ? 0 : first, spared).stream()
                        .filter(in(file))
                        .limit(most)
                        .toList();
        chosen.forEach(each -> wipe(disk, each));
        return true;
    }

    private static Predicate<SimulatedDisk.Event> in(String file) {
        return each -> each.file().equals(file);
    }

    /** Only while what the present disk holds counts nowhere, that is, none of it is a living member. */
    void diskBack() {
        for (GroupNode node : group.nodes()) {
            if (node.hasFormerDisk() && isOfNoUse(node)) {
                stopped(node);
                node.diskBack();
                life.restart(node);
                return;
            }
        }
    }

    private boolean isOfNoUse(GroupNode node) {
        return life.meta().tablets().stream()
                .flatMap(each -> each.electors().stream())
                .filter(each -> each.node().equals(node.id))
                .allMatch(ReplicaDescriptor::lost);
    }

    /** The journal cannot keep its files in order any more: the process answers nothing new, and ends. */
    void failFiles() {
        GroupNode node = bearable();
        if (node != null && node.isUp()) {
            node.disk().failNames();
        }
    }

    /** Some reads fail for a while, which may cost the replica; what is read again later is there. */
    void failReads() {
        GroupNode node = bearable();
        if (node != null) {
            SimulatedDisk disk = node.disk();
            disk.failReads(100 + random.nextInt(600));
            group.after(random.nextInt(150) * Timeline.MILLI, () -> disk.failReads(0));
        }
    }

    /** There is no room for more, or for little more, for a while. */
    void fill(GroupNode node) {
        SimulatedDisk disk = node.disk();
        disk.capacity(disk.usedBytes() + random.nextInt(100 << 10));
        group.after(
                random.nextInt(150) * Timeline.MILLI, () -> disk.capacity(GroupNode.DISK_BYTES));
    }

    private static void stopped(GroupNode node) {
        if (node.isUp()) {
            node.crash();
        }
    }

    private boolean flip(SimulatedDisk disk) {
        List<SimulatedDisk.Event> writes = writes(disk);
        if (writes.size() <= LATEST) {
            return false;
        }
        int chosen = random.nextInt(writes.size() - LATEST);
        SimulatedDisk.Event write = writes.get(chosen);
        long at = write.at() + random.nextInt((int) write.length());
        int bit = random.nextInt(8);
        if (group.tampering().cutsDamage()) {
            writes.subList(chosen, writes.size()).forEach(each -> wipe(disk, each));
            return true;
        }
        try {
            disk.flip(write.file(), at, bit);
            return true;
        } catch (IllegalArgumentException | IndexOutOfBoundsException gone) {
            return false;
        }
    }

    private static List<SimulatedDisk.Event> writes(SimulatedDisk disk) {
        return disk.trace().stream()
                .filter(each -> each.kind() == SimulatedDisk.Event.Kind.WRITE)
                .toList();
    }

    private static void wipe(SimulatedDisk disk, SimulatedDisk.Event write) {
        try {
            disk.wipe(write.file(), write.at(), write.at() + write.length());
        } catch (IllegalArgumentException | IndexOutOfBoundsException gone) {
            // The file was removed, or cut before that.
        }
    }

    /** A member that can be spared: all others are there and have what is committed. */
    private GroupNode bearable() {
        if (!life.meta().whole() || group.nodes().stream().anyMatch(this::ails)) {
            return null;
        }
        List<ReplicaDescriptor> members = life.meta().anyTablet().members();
        return group.node(members.get(random.nextInt(members.size())).node());
    }

    private boolean ails(GroupNode node) {
        List<TabletDescriptor> of =
                life.meta().tablets().stream()
                        .filter(each -> each.replicaOn(node.id).isPresent())
                        .toList();
        boolean follows =
                node.isUp()
                        && !node.tablets().isEmpty()
                        && node.tablets().stream().allMatch(each -> each.state().follows());
        if (!of.isEmpty() && node.damaged() && !node.isRotten() && follows) {
            node.damage(false);
        }
        return node.damaged()
                || node.disk().readsFail()
                || node.isUp() && node.diskFailed()
                || of.stream().anyMatch(each -> !node.isUp() || node.tablet(each.id()) == null);
    }
}
