package io.ebla.clustertest.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Set;

/**
 * The shape of the house as rules over its compiled classes: who may know whom, and which few classes
 * own what makes a program hard to test (time, chance, threads).
 *
 * <p>A class that owns such a thing is named in {@link Owners}, with the reason.
 */
final class HouseRules {

    private static final String[] ENGINE = {
        "io.ebla.core..",
        "io.ebla.tabletserver.oplog..",
        "io.ebla.tabletserver.store..",
        "io.ebla.tabletserver.tablet..",
        "io.ebla.tabletserver.replication..",
        "io.ebla.tabletserver.condition..",
    };

    private static final String[] SERVERS_AND_CORE = {
        "io.ebla.core..", "io.ebla.metaserver..", "io.ebla.tabletserver..", "io.ebla.client..",
    };

    private static final Set<String> INJECTING =
            Set.of(
                    "org.springframework.beans.factory.annotation.Autowired",
                    "org.springframework.beans.factory.annotation.Value",
                    "jakarta.inject.Inject",
                    "jakarta.annotation.Resource");

    static final ArchRule CORE_KNOWS_NO_OTHER_MODULE =
            noClasses()
                    .that(resideInAPackage("io.ebla.core.."))
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage(
                                    "io.ebla.metaserver..",
                                    "io.ebla.tabletserver..",
                                    "io.ebla.client..",
                                    "io.ebla.cli.."))
                    .because("core is what all of them stand on");

    static final ArchRule META_SERVER_KNOWS_ONLY_CORE =
            noClasses()
                    .that(resideInAPackage("io.ebla.metaserver.."))
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage(
                                    "io.ebla.tabletserver..", "io.ebla.client..", "io.ebla.cli.."))
                    .because("the servers talk over the wire, in one JVM too");

    static final ArchRule TABLET_SERVER_KNOWS_ONLY_CORE =
            noClasses()
                    .that(resideInAPackage("io.ebla.tabletserver.."))
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage(
                                    "io.ebla.metaserver..", "io.ebla.client..", "io.ebla.cli.."))
                    .because("the servers talk over the wire, in one JVM too");

    static final ArchRule CLIENT_KNOWS_ONLY_CORE =
            noClasses()
                    .that(resideInAPackage("io.ebla.client.."))
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage(
                                    "io.ebla.metaserver..",
                                    "io.ebla.tabletserver..",
                                    "io.ebla.cli..",
                                    "org.springframework..",
                                    "org.apache.ratis..",
                                    "org.rocksdb.."))
                    .because("a user's program must not drag a server along");

    static final ArchRule CORE_IS_PLAIN_JAVA =
            noClasses()
                    .that(resideInAPackage("io.ebla.core.."))
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage(
                                    "org.springframework..",
                                    "org.apache.ratis..",
                                    "org.rocksdb..",
                                    "io.netty..",
                                    "reactor..",
                                    "dev.cel.."))
                    .because("keys, rows and log entries outlive every library");

    static final ArchRule ROCKSDB_STAYS_IN_THE_STORE =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("io.ebla.tabletserver.store..")
                    .should()
                    .dependOnClassesThat(resideInAPackage("org.rocksdb.."))
                    .because("native handles have one owner, and memory tables need no RocksDB");

    static final ArchRule RATIS_STAYS_IN_RAFT =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("io.ebla.metaserver.raft..")
                    .should()
                    .dependOnClassesThat(resideInAPackage("org.apache.ratis.."))
                    .because("the rules of the metadata tablet are pure and run without a group");

    static final ArchRule CEL_STAYS_IN_CONDITION =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("io.ebla.tabletserver.condition..")
                    .should()
                    .dependOnClassesThat(resideInAPackage("dev.cel.."))
                    .because("the pipeline asks a RowCondition and knows no language");

    static final ArchRule GRPC_STAYS_IN_THE_NETWORK =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(
                            "io.ebla.tabletserver.network..",
                            "io.ebla.tabletserver.wire..",
                            "io.ebla.tabletserver.routing..",
                            "io.ebla.tabletserver.api..")
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage(
                                    "io.grpc..",
                                    "com.google.protobuf..",
                                    "io.ebla.tabletserver.wire.."))
                    .because("replicas speak through ReplicaNetwork, which a simulation can carry");

    static final ArchRule SPRING_STAYS_AT_THE_EDGE =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(
                            "io.ebla.cli..", "..api..", "..ops..", "..membership..")
                    .and()
                    .haveNameNotMatching(".*(Configuration|Properties|Lifecycle)([.$].*)?")
                    .should()
                    .dependOnClassesThat(resideInAPackage("org.springframework.."))
                    .because("the engine is plain Java that a simulation can run");

    static final ArchRule ENGINE_KNOWS_NO_REACTOR =
            noClasses()
                    .that(resideInAnyPackage(ENGINE))
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage(
                                    "reactor..",
                                    "org.reactivestreams..",
                                    "io.github.resilience4j.."))
                    .because(
                            "callbacks inside, Mono and retries at the edge: one model of waiting each");

    static final ArchRule ENGINE_HAS_NO_SPRING_BEANS =
            noClasses()
                    .that(resideInAnyPackage(ENGINE))
                    .should()
                    .beAnnotatedWith(
                            describe(
                                    "a stereotype of Spring",
                                    annotation ->
                                            annotation
                                                    .getRawType()
                                                    .getPackageName()
                                                    .equals("org.springframework.stereotype")))
                    .because("what belongs together is written down in one configuration");

    static final ArchRule WALL_CLOCK_HAS_ONE_OWNER =
            noClasses()
                    .that(areNot(Owners.OF_CLOCKS))
                    .should()
                    .accessTargetWhere(
                            call(
                                    "java.lang.System.currentTimeMillis",
                                    "java.time.Instant.now",
                                    "java.time.Clock.system.*",
                                    "java.time.(LocalDateTime|OffsetDateTime|ZonedDateTime|LocalDate|Year).now",
                                    "java.util.Date.<init>",
                                    "java.util.Calendar.getInstance"))
                    .because("a test must be able to set the clock, and T1 needs one tablet time");

    static final ArchRule MONOTONIC_CLOCK_HAS_ONE_OWNER =
            noClasses()
                    .that(areNot(Owners.OF_CLOCKS))
                    .and()
                    .resideOutsideOfPackage("io.ebla.cli..")
                    .should()
                    .accessTargetWhere(call("java.lang.System.nanoTime"))
                    .because("waits and leases must be testable in virtual time");

    static final ArchRule CHANCE_HAS_FEW_OWNERS =
            noClasses()
                    .that(areNot(Owners.OF_CHANCE))
                    .and()
                    .resideOutsideOfPackage("io.ebla.cli..")
                    .should()
                    .accessTargetWhere(
                            call(
                                    "java.util.Random.<init>",
                                    "java.security.SecureRandom.<init>",
                                    "java.util.SplittableRandom.<init>",
                                    "java.util.concurrent.ThreadLocalRandom.current",
                                    "java.util.UUID.randomUUID",
                                    "java.lang.Math.random",
                                    "java.util.Collections.shuffle"))
                    .because("a run must replay from its seed");

    static final ArchRule NOBODY_SLEEPS =
            noClasses()
                    .that(areNot(Owners.OF_SLEEP))
                    .should()
                    .accessTargetWhere(
                            call(
                                    "java.lang.Thread.sleep",
                                    "java.util.concurrent.TimeUnit.sleep",
                                    "java.util.concurrent.locks.LockSupport.parkNanos"))
                    .because("a sleep is a guess: wait for the event, or schedule");

    static final ArchRule THREADS_HAVE_FEW_OWNERS =
            noClasses()
                    .that(areNot(Owners.OF_THREADS))
                    .and()
                    .resideOutsideOfPackage("io.ebla.cli..")
                    .should()
                    .accessTargetWhere(
                            call(
                                    "java.lang.Thread.<init>",
                                    "java.util.concurrent.Executors.new.*",
                                    "java.util.concurrent.ThreadPoolExecutor.<init>",
                                    "java.util.concurrent.ScheduledThreadPoolExecutor.<init>",
                                    "java.util.concurrent.ForkJoinPool.(<init>|commonPool)",
                                    "java.util.Timer.<init>"))
                    .because("each thread has a name, a bound and somebody who ends it");

    static final ArchRule NOBODY_BLOCKS_ON_A_MONO =
            noClasses()
                    .that(areNot(Owners.OF_BLOCKING))
                    .and()
                    .resideOutsideOfPackage("io.ebla.cli..")
                    .should()
                    .accessTargetWhere(
                            call(
                                    "reactor.core.publisher.(Mono|Flux).(block.*|toIterable|toStream)"))
                    .because("an event loop that waits serves nobody");

    static final ArchRule SERVERS_SPEAK_THROUGH_THE_LOG =
            noClasses()
                    .that(resideInAnyPackage(SERVERS_AND_CORE))
                    .should()
                    .accessTargetWhere(
                            call(
                                    "java.lang.System.(out|err)",
                                    "java.lang.(Throwable|Exception|RuntimeException|Error).printStackTrace"))
                    .because("standard output belongs to the command line");

    static final ArchRule NO_JAVA_UTIL_LOGGING =
            noClasses()
                    .should()
                    .dependOnClassesThat(resideInAPackage("java.util.logging.."))
                    .because("SLF4J is the one logging interface");

    static final ArchRule NAMES_SAY_WHAT_A_CLASS_IS =
            noClasses()
                    .should()
                    .haveNameMatching(
                            ".*(Manager|Helper|Helpers|Util|Utils|Impl|Processor|Data|Info)")
                    .because("such a name says nothing; name the thing it is");

    static final ArchRule NO_FIELD_INJECTION =
            noFields()
                    .should()
                    .beAnnotatedWith(
                            describe(
                                    "an injecting annotation",
                                    annotation ->
                                            INJECTING.contains(annotation.getRawType().getName())))
                    .because("a class that cannot be built by hand cannot be tested by hand");

    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching("io.ebla.(*).(*)..")
                    .should()
                    .beFreeOfCycles()
                    .because("what knows each other in circles is one thing in two folders");

    private HouseRules() {}

    private static DescribedPredicate<JavaClass> areNot(List<Owners.Owner> owners) {
        Set<String> names = Set.copyOf(owners.stream().map(Owners.Owner::className).toList());
        return describe(
                "are not " + owners,
                candidate -> {
                    String name = candidate.getName();
                    int nested = name.indexOf('$');
                    return !names.contains(nested < 0 ? name : name.substring(0, nested));
                });
    }

    /** An access to a method, constructor or field named as {@code owner.name}, by regex. */
    private static DescribedPredicate<JavaAccess<?>> call(String... ownersAndNames) {
        DescribedPredicate<JavaAccess<?>> any = describe("", access -> false);
        for (String ownerAndName : ownersAndNames) {
            int dot = lastDotOutsideParentheses(ownerAndName);
            String name = ownerAndName.substring(dot + 1);
            String type = ownerAndName.substring(0, dot).replace(".", "\\.");
            any =
                    any.or(
                            target(nameMatching(name))
                                    .and(target(owner(nameMatching(type))))
                                    .forSubtype());
        }
        return any.as("one calls " + String.join(", ", ownersAndNames));
    }

    private static int lastDotOutsideParentheses(String text) {
        int close = text.lastIndexOf(')');
        int searchFrom = text.length() - 1;
        if (text.endsWith(".*")) {
            searchFrom = text.length() - 3;
        } else if (close == text.length() - 1) {
            searchFrom = text.lastIndexOf('(');
        }
        return text.lastIndexOf('.', searchFrom);
    }
}
