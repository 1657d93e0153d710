package io.ebla.tabletserver.routing;

import io.ebla.core.contract.EblaException;
import io.ebla.tabletserver.condition.CelCondition;
import io.ebla.tabletserver.condition.Conditions;
import io.ebla.tabletserver.condition.Precondition;
import io.ebla.tabletserver.tablet.RowCondition;
import io.ebla.tabletserver.wire.RowsCondition;
import io.ebla.tabletserver.wire.RowsTerm;
import io.ebla.tabletserver.wire.RowsVersions;

/** Conditions on their way to another node: as what was asked, for code does not travel. */
final class ConditionCodec {

    private ConditionCodec() {}

    static RowsCondition wire(RowCondition condition) {
        if (condition == RowCondition.ALWAYS) {
            return RowsCondition.getDefaultInstance();
        }
        RowsCondition.Builder wire = RowsCondition.newBuilder();
        add(condition, wire);
        return wire.build();
    }

    private static void add(RowCondition condition, RowsCondition.Builder wire) {
        if (condition instanceof RowCondition.AllOf all) {
            all.conditions().forEach(one -> add(one, wire));
        } else if (condition != RowCondition.ALWAYS) {
            wire.addTerms(term(condition));
        }
    }

    private static RowsTerm.Builder term(RowCondition condition) {
        RowsTerm.Builder term = RowsTerm.newBuilder();
        if (condition instanceof CelCondition expression) {
            return term.setExpression(expression.source());
        }
        if (condition instanceof Precondition.Present) {
            return term.setPresent(true);
        }
        if (condition instanceof Precondition.Absent) {
            return term.setAbsent(true);
        }
        if (condition instanceof Precondition.VersionIsOneOf tags) {
            return term.setVersions(RowsVersions.newBuilder().addAllAnyOf(tags.versions()));
        }
        if (condition instanceof Precondition.UnmodifiedSince date) {
            return term.setUnmodifiedSince(date.sinceMillis());
        }
        throw new IllegalArgumentException(condition.getClass() + " has no text");
    }

    /** @throws EblaException for an expression that this node does not take */
    static RowCondition condition(RowsCondition wire) {
        RowCondition condition = RowCondition.ALWAYS;
        for (RowsTerm term : wire.getTermsList()) {
            condition = condition.and(condition(term));
        }
        return condition;
    }

    private static RowCondition condition(RowsTerm term) {
        return switch (term.getTermCase()) {
            case PRESENT -> Precondition.PRESENT;
            case ABSENT -> Precondition.ABSENT;
            case VERSIONS -> new Precondition.VersionIsOneOf(term.getVersions().getAnyOfList());
            case UNMODIFIED_SINCE -> new Precondition.UnmodifiedSince(term.getUnmodifiedSince());
            case EXPRESSION -> Conditions.compile(term.getExpression());
            case TERM_NOT_SET ->
                    throw new IllegalArgumentException("a condition that is not known here");
        };
    }
}
