package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.oplog.JournalDisk;
import io.ebla.tabletserver.oplog.Oplog;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What passes for the good end of a life, and what does not. */
class GroupRestTest {

    private static final GroupLife.Plan PLAN =
            GroupLife.Plan.OF_THREE.starting(3, 0).with(Mix.requests());

    private static final Oplog.AppendListener NOBODY =
            new Oplog.AppendListener() {
                @Override
                public void durable() {}

                @Override
                public void failed(RuntimeException cause) {}
            };

    private static GroupNode follower(GroupLife life) {
        return life.members().stream().filter(node -> !node.masters()).findFirst().orElseThrow();
    }

    @Test
    void aGroupIsNotAtRestWhileAMemberCannotBegin() {
        GroupLife life = new GroupLife(1, PLAN, Tampering.NONE);
        Runnable directed =
                () -> {
                    life.awaitMaster();
                    Victim.requests(life, 60);
                    life.pass(300);
                    GroupNode node = follower(life);
                    node.disk().failReads(1_000);
                    node.kill();
                };
        assertThatThrownBy(() -> life.live(directed))
                .isInstanceOf(GroupLedger.Unrest.class)
                .hasMessageContaining("does not come to rest");
    }

    @Test
    void aJournalThatDoesNotOpenOnAGoodDiskIsNotTakenForTheEndOfAProcess() {
        AtomicBoolean broken = new AtomicBoolean();
        Tampering breaking =
                new Tampering() {
                    @Override
                    public JournalDisk disk(GroupNode node, JournalDisk disk) {
                        return broken.getAndSet(false) ? withoutFiles(disk) : disk;
                    }
                };
        GroupLife life = new GroupLife(1, PLAN, breaking);
        Runnable directed =
                () -> {
                    life.awaitMaster();
                    GroupNode node = follower(life);
                    node.kill();
                    broken.set(true);
                    life.restart(node);
                };
        assertThatThrownBy(() -> life.live(directed))
                .isInstanceOf(GroupLedger.Violation.class)
                .hasMessageContaining("cannot open its journal on a good disk");
    }

    @Test
    void whatIsLeftOfATabletThatIsNoMoreIsNotRest() {
        GroupLife life = new GroupLife(1, PLAN, Tampering.NONE);
        Runnable directed =
                () -> {
                    life.awaitMaster();
                    Victim.requests(life, 60);
                    follower(life).oplog().promise(new TabletId(1), 1, NOBODY);
                };
        assertThatThrownBy(() -> life.live(directed))
                .isInstanceOf(GroupLedger.Violation.class)
                .isNotInstanceOf(GroupLedger.Unrest.class)
                .hasMessageContaining("what nobody needs stays")
                .hasMessageContaining("has a log of 1");
    }

    /** As if the journal did not find its way through a good disk. */
    private static JournalDisk withoutFiles(JournalDisk disk) {
        return (JournalDisk)
                Proxy.newProxyInstance(
                        JournalDisk.class.getClassLoader(),
                        new Class<?>[] {JournalDisk.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("open")) {
                                throw new IOException("it is not understood");
                            }
                            try {
                                return method.invoke(disk, arguments);
                            } catch (InvocationTargetException thrown) {
                                throw thrown.getCause();
                            }
                        });
    }
}
