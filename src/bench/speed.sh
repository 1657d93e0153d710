#!/bin/sh
# Measures one node against a bare WebFlux handler and against etcd, and its batches, bulk writes, streams
# and memory. Builds what is missing. Linux; about 15 minutes for all.
#
#   src/bench/speed.sh [bare] [etcd] [rows] [memory] [profile]        (default: all but profile)
#
# SPEED_OPTIONS sets the plan, such as "-Dwarm=10 -Drounds=3 -Dseconds=5". `profile` makes flame graphs in
# src/docs with async-profiler.
set -eu
cd "$(dirname "$0")/../.."
if [ ! -f cli/target/ebla-exec.jar ] || [ ! -d cluster-test/target/test-classes ]; then
    ./mvnw -q -B -DskipTests package
fi
profiler=
case " $* " in
    *" profile "*)
        profiler=$(src/bench/profiler.sh)
        ;;
esac
# shellcheck disable=SC2086
exec java -Xmx512m -XX:+UseSerialGC ${SPEED_OPTIONS:-} $profiler -Dflames=src/docs \
    -cp cluster-test/target/test-classes:core/target/test-classes io.ebla.clustertest.bench.Speed "$@"
