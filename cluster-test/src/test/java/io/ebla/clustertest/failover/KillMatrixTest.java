package io.ebla.clustertest.failover;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaFieldAccess;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.ebla.core.failpoint.NodeMoment;
import io.ebla.metaserver.cluster.AppliedPhases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** No phase and no moment without its kill: whoever adds one finds out here. */
class KillMatrixTest {

    private static final Path PAGE = Path.of("..", "src", "docs", "decisions", "kill-matrix.md");

    private static final JavaClasses PRODUCTION =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("io.ebla.metaserver", "io.ebla.tabletserver");

    private static final Set<String> POINTS =
            KillMatrix.all().stream().map(KillCell::point).collect(Collectors.toSet());

    @ParameterizedTest
    @EnumSource
    void theLeaderOfTheMetadataIsKilledInEachPhase(Procedure procedure) {
        for (Enum<?> phase : procedure.phases()) {
            assertThat(KillMatrix.all())
                    .as("%s of %s", phase, procedure)
                    .anyMatch(
                            each ->
                                    each.victim() == KillCell.Victim.META_LEADER
                                            && each.point().equals(procedure.point(phase)));
        }
    }

    /** Whatever the metadata brings anything to, by the name of its point. */
    @ParameterizedTest
    @MethodSource("reached")
    void everyPhaseThatIsReachedHasAKillOrAReason(String point) throws IOException {
        String procedure = point.substring(0, point.indexOf('.'));
        if (KillMatrix.WITHOUT_KILLS.contains(procedure)) {
            assertThat(POINTS).noneMatch(each -> each.startsWith(procedure + "."));
            assertThat(Files.readString(PAGE)).contains("| `" + procedure + "` |");
        } else {
            assertThat(POINTS).as("the kills").contains(point);
        }
    }

    static Set<String> reached() {
        return AppliedPhases.points();
    }

    @ParameterizedTest
    @EnumSource
    void eachPhaseOfAProcedureIsReached(Procedure procedure) {
        assertThat(procedure.phases())
                .allMatch(phase -> AppliedPhases.points().contains(procedure.point(phase)));
    }

    @Test
    void everyPhaseThatTheMetadataKnowsIsOfAProcedure() {
        List<String> known =
                Arrays.stream(Procedure.values())
                        .map(each -> each.phases().get(0).getDeclaringClass().getName())
                        .toList();
        List<String> phases =
                PRODUCTION.stream()
                        .filter(each -> each.getPackageName().equals("io.ebla.metaserver.cluster"))
                        .filter(each -> each.isEnum() && each.getSimpleName().equals("Phase"))
                        .map(JavaClass::getName)
                        .toList();
        assertThat(phases).isNotEmpty();
        assertThat(known).containsAll(phases);
    }

    @ParameterizedTest
    @EnumSource
    void eachMomentOfATabletServerHasAPointAndAKill(NodeMoment moment) {
        assertThat(POINTS).contains(moment.point());
        Set<String> users =
                PRODUCTION.stream()
                        .flatMap(each -> each.getFieldAccessesFromSelf().stream())
                        .filter(access -> access.getTargetOwner().isEquivalentTo(NodeMoment.class))
                        .filter(access -> access.getTarget().getName().equals(moment.name()))
                        .map(JavaFieldAccess::getOriginOwner)
                        .map(JavaClass::getName)
                        .collect(Collectors.toSet());
        assertThat(users).as("who comes to %s", moment).isNotEmpty();
    }

    @Test
    void noKillIsThereTwiceAndAFewAreDrawn() {
        assertThat(KillMatrix.all()).doesNotHaveDuplicates();
        List<KillCell> drawn = KillMatrix.drawn(new Random(1));
        assertThat(drawn).extracting(KillCell::procedure).containsExactly(Procedure.values());
        assertThat(drawn).isEqualTo(KillMatrix.drawn(new Random(1)));
    }
}
