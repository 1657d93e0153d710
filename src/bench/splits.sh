#!/bin/sh
# How long writes stop when a tablet is split, ten times with one copy and ten with three; then how soon the children of
# a tablet of 2 GB serve, and what its split and its merge write and take of the disk. With cycles, one tablet of 1 GB is split and merged back fifty times with one copy,
# ten times with three, and its master handed over; with moves it goes from one node to another, beside a bare stream.
# Builds what is missing. Linux; about fifteen minutes, with cycles an hour.
#
#   src/bench/splits.sh [pause1] [pause3] [large] [cycles1] [cycles3] [moves]        (default: the first three)
#
# SPLITS_OPTIONS sets more, such as "-Drounds=20 -Dwriters=8"; large splits and merges "-Drows=2000000"
# of "-DrowBytes=1000".
set -eu
cd "$(dirname "$0")/../.."
if [ ! -f cli/target/ebla-exec.jar ] || [ ! -d cluster-test/target/test-classes ]; then
    ./mvnw -q -B -DskipTests package
fi
cd cluster-test
[ $# -gt 0 ] || set -- pause1 pause3 large
for what in "$@"; do
    bench=SplitBench
    case "$what" in
        pause1) options="-Dreplicas=1" ;;
        pause3) options="-Dreplicas=3" ;;
        large) bench=LargeBench options= ;;
        cycles1) bench=CycleBench options="-Dreplicas=1 -Drounds=50" ;;
        cycles3) bench=CycleBench options="-Dreplicas=3 -Drounds=10" ;;
        moves) bench=MoveBench options= ;;
        *) echo "not known: $what" >&2; exit 2 ;;
    esac
    # shellcheck disable=SC2086
    java -Xmx768m -XX:+UseSerialGC $options ${SPLITS_OPTIONS:-} \
        -cp target/test-classes:../core/target/test-classes "io.ebla.clustertest.reshape.$bench"
done
