#!/bin/sh
# Measures a cluster of three meta-servers and three tablet servers on this machine: puts beside three etcd,
# reads at slaves, what a dead, a stopped and a returning slave cost, and whether load alone leads to elections.
# Builds what is missing. Linux; about 15 minutes for all but saturate, which takes half an hour.
#
#   src/bench/cluster-speed.sh [etcd] [reads] [slave] [catchup] [saturate] [profile]    (default: the first four)
#
# SPEED_OPTIONS sets the plan, such as "-Dwarm=10 -Drounds=3 -Dseconds=5 -Dminutes=30 -Drows=150000".
set -eu
cd "$(dirname "$0")/../.."
if [ ! -f cli/target/ebla-exec.jar ] || [ ! -d cluster-test/target/test-classes ]; then
    ./mvnw -q -B -DskipTests package
fi
profiler=
case " $* " in
    *" profile "*) profiler=$(src/bench/profiler.sh) ;;
esac
# shellcheck disable=SC2086
exec java -Xmx512m -XX:+UseSerialGC ${SPEED_OPTIONS:-} $profiler -Dflames=src/docs \
    -cp cluster-test/target/test-classes:core/target/test-classes io.ebla.clustertest.bench.ClusterSpeed "$@"
