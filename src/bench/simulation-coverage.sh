#!/usr/bin/env bash
# Lines that the simulation alone reaches, by area and for each class that misses some; see
# src/docs/decisions/simulation.md. Runs the lives of a build under JaCoCo, a few minutes.
#   src/bench/simulation-coverage.sh [-Dlives=N] [-Dfrom=SEED]     (-o works when all is downloaded)
set -euo pipefail
cd "$(dirname "$0")/../.."
version=$(sed -n 's#.*<jacoco.version>\(.*\)</jacoco.version>.*#\1#p' pom.xml)
repository=${MAVEN_REPOSITORY:-$HOME/.m2/repository}
report=$repository/org/jacoco/org.jacoco.cli/$version/org.jacoco.cli-$version-nodeps.jar
[ -f "$report" ] || {
  echo "first: ./mvnw dependency:get -Dartifact=org.jacoco:org.jacoco.cli:$version:jar:nodeps" >&2
  exit 1
}

rm -f tablet-server/target/jacoco.exec
./mvnw -q -B -Pcoverage -pl tablet-server -am test -Dsurefire.failIfNoSpecifiedTests=false \
  -Dtest='GroupSimulationTest,LeaseScenariosTest,TabletSimulationTest' "$@" >&2
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
java -jar "$report" report tablet-server/target/jacoco.exec --quiet --csv "$lines" \
  --classfiles tablet-server/target/classes --classfiles meta-server/target/classes

# What is left out is not the engine: a host's threads, files and figures, what is in memory only, Spring.
awk -F, '
  function area(package, class) {
    if (package == "io.ebla.tabletserver.tablet")
      return class ~ /^(TabletHost|DataDirectory|HostThreads|MetaCalls|DurableFile|JournalWatch|OrderlyEnd|NoNetwork|ReplicaFiles|TabletDirectory|FatalExit.*|.*Figures|ReplicationCounters|AckWaits)$/ ? "" : "tablet"
    if (package == "io.ebla.tabletserver.oplog")
      return class ~ /^(InMemoryOplog|FileJournalDisk|ReservedClock|TurnThread)$/ ? "" : "journal"
    if (package == "io.ebla.tabletserver.replication") return "replication"
    if (package == "io.ebla.metaserver.election") return "meta: elections"
    if (package == "io.ebla.metaserver.procedure")
      return class ~ /^Procedure(Lifecycle|Configuration|Properties)$/ ? "" : "meta: procedures"
    if (package == "io.ebla.metaserver.cluster")
      return class ~ /^(Election|Replica|Learner|HandOver|Node|SoleMaster|Split|Merge)(Rules|Operations?)?$/ ? "meta: rules" : ""
    return ""
  }
  NR > 1 {
    class = $3; sub(/\..*/, "", class)
    of = area($2, class)
    if (of == "") next
    missed[of] += $8; covered[of] += $9
    classMissed[of "\t" class] += $8; classAll[of "\t" class] += $8 + $9
  }
  END {
    for (of in covered)
      printf "%-18s %5.1f %%  %d of %d lines\n", of, 100 * covered[of] / (covered[of] + missed[of]), covered[of], covered[of] + missed[of] | "sort"
    close("sort")
    for (each in classMissed) if (classMissed[each] > 0)
      printf "%s\t%d missed of %d\n", each, classMissed[each], classAll[each] | "sort -t\"\t\" -k3,3nr"
  }' "$lines"
