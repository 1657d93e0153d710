#!/bin/sh
# What a table of 1,000 tablets costs three meta-servers and three tablet servers on this machine: CPU time and memory
# at rest beside one tablet, failover of a third of the masters, a start of everything. Builds what is missing. Linux;
# about six minutes.
#
#   src/bench/many-tablets.sh
#
# TABLETS_OPTIONS sets more, such as "-Dtablets=1000 -Drest=60 -Dfailovers=3".
set -eu
cd "$(dirname "$0")/../.."
if [ ! -f cli/target/ebla-exec.jar ] || [ ! -d cluster-test/target/test-classes ]; then
    ./mvnw -q -B -DskipTests package
fi
cd cluster-test
# shellcheck disable=SC2086
exec java -Xmx512m -XX:+UseSerialGC ${TABLETS_OPTIONS:-} \
    -cp target/test-classes:../core/target/test-classes io.ebla.clustertest.reshape.ManyTabletsBench
