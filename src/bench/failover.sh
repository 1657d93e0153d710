#!/bin/sh
# How long writes stop when a loaded master is killed (kill -9), eight times; beside etcd's leader where etcd
# is installed. Builds what is missing. Linux; about three minutes.
#
#   src/bench/failover.sh [ebla] [etcd]        (default: both)
#
# FAILOVER_OPTIONS sets the plan, such as "-Dkills=8 -Dwriters=8 -DpatienceMillis=500"; both sides are written
# by the same client, which the first line tells.
set -eu
cd "$(dirname "$0")/../.."
if [ ! -f cli/target/ebla-exec.jar ] || [ ! -d cluster-test/target/test-classes ]; then
    ./mvnw -q -B -DskipTests package
fi
# shellcheck disable=SC2086
exec java -Xmx512m -XX:+UseSerialGC ${FAILOVER_OPTIONS:-} \
    -cp cluster-test/target/test-classes:core/target/test-classes io.ebla.clustertest.failover.FailoverBench "$@"
