package io.ebla.tabletserver.tablet;

import java.util.Arrays;
import java.util.Collection;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Who dies in a moment that a test names, and what goes on meanwhile. */
enum Victim {
    MASTER,
    FOLLOWER,
    LEADER;

    /** Everybody in every moment, of one copy and of three: a moment, a victim and a number of copies. */
    static Stream<Arguments> deaths(
            Stream<? extends Enum<?>> phases, Collection<MakingStep> steps) {
        return Stream.concat(phases, steps.stream())
                .flatMap(moment -> Arrays.stream(values()).flatMap(each -> each.deathsIn(moment)));
    }

    private Stream<Arguments> deathsIn(Enum<?> moment) {
        return Stream.of(1, 3).map(copies -> Arguments.of(moment, this, copies));
    }

    /** Dies when it first comes to a step. */
    void dieIn(GroupLife life, Enum<?> moment, boolean[] died) {
        life.group()
                .onMaking(
                        (node, step) -> {
                            if (step == moment && !died[0] && is(node)) {
                                died[0] = true;
                                throw new GroupNode.Killed();
                            }
                        });
    }

    void die(GroupLife life) {
        if (this == LEADER) {
            life.meta().changeLeader(60);
            return;
        }
        life.group().nodes().stream()
                .filter(GroupNode::isUp)
                .filter(this::is)
                .findFirst()
                .ifPresent(GroupNode::crash);
    }

    boolean is(GroupNode node) {
        return node.masters() == (this == MASTER);
    }

    /** Reads and writes, one a millisecond; who died is back after a while. */
    static void requests(GroupLife life, int number) {
        for (int i = 0; i < number; i++) {
            if (i % 3 == 0) {
                life.client().read(life.client().whomToAsk());
            } else {
                life.client().write(life.client().whomToAsk());
            }
            life.pass(1);
            restartOne(life, i);
        }
    }

    private static void restartOne(GroupLife life, int i) {
        for (GroupNode node : life.group().nodes()) {
            if (!node.isUp() && i % 60 == 59) {
                life.restart(node);
            }
        }
    }
}
