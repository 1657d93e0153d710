#!/bin/sh
# What ten times the rows cost a server, per second of its CPU time: reads of rows that are there and writes over
# them, with 1 M rows of 400 bytes and with 10 M, read past the operating system's cache of files (O_DIRECT) and both
# larger than the block cache. Builds what is missing. Linux; 10 GB of disk for a while; about fifteen minutes.
#
#   src/bench/ten-times.sh
#
# TEN_OPTIONS sets the plan, such as "-Drows=1000000 -Dfactor=10 -Dwarm=10 -Drounds=5 -Dseconds=10 -DvalueBytes=400
# -DblockCache=64MB", and with -Djava.io.tmpdir the disk.
set -eu
cd "$(dirname "$0")/../.."
if [ ! -f cli/target/ebla-exec.jar ] || [ ! -d cluster-test/target/test-classes ]; then
    ./mvnw -q -B -DskipTests package
fi
# shellcheck disable=SC2086
exec java -Xmx512m -XX:+UseSerialGC ${TEN_OPTIONS:-} \
    -cp cluster-test/target/test-classes:core/target/test-classes io.ebla.clustertest.bench.TenTimes
