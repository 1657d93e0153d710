package io.ebla.clustertest.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.EvaluationResult;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the compiled classes of all modules against {@link HouseRules}, and the rules against fixtures. */
class ArchitectureTest {

    private static final JavaClasses PRODUCTION =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .withImportOption(location -> !location.contains("-tests.jar"))
                    .importPackages(
                            "io.ebla.core",
                            "io.ebla.metaserver",
                            "io.ebla.tabletserver",
                            "io.ebla.client",
                            "io.ebla.cli");

    /** Classes that break one rule each; their package pretends to be the one the rule guards. */
    private static final JavaClasses FIXTURES =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.OnlyIncludeTests())
                    .importPackages(
                            "io.ebla.core.fixture",
                            "io.ebla.metaserver.fixture",
                            "io.ebla.tabletserver.fixture",
                            "io.ebla.tabletserver.tablet.fixture",
                            "io.ebla.client.fixture");

    static Stream<Named<ArchRule>> rules() throws IllegalAccessException {
        List<Named<ArchRule>> rules = new ArrayList<>();
        for (Field field : HouseRules.class.getDeclaredFields()) {
            if (ArchRule.class.isAssignableFrom(field.getType())) {
                rules.add(Named.of(field.getName(), (ArchRule) field.get(null)));
            }
        }
        return rules.stream();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void theHouseKeepsTheRule(ArchRule rule) {
        rule.allowEmptyShould(true).check(PRODUCTION);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void theRuleCanFail(ArchRule rule) {
        EvaluationResult result = rule.evaluate(FIXTURES);
        assertThat(result.getFailureReport().getDetails())
                .as("violations found in the fixtures by: %s", rule.getDescription())
                .isNotEmpty();
    }

    @Test
    void everyOwnerIsAClassOfTheHouse() {
        assertThat(PRODUCTION.stream().map(JavaClass::getName))
                .containsAll(
                        Stream.of(
                                        Owners.OF_CLOCKS,
                                        Owners.OF_CHANCE,
                                        Owners.OF_SLEEP,
                                        Owners.OF_THREADS,
                                        Owners.OF_BLOCKING)
                                .flatMap(List::stream)
                                .map(Owners.Owner::className)
                                .toList());
    }
}
