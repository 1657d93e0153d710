#!/bin/sh
# Fetches async-profiler through Maven, once, and prints the option that tells the benchmarks where it is.
set -eu
cd "$(dirname "$0")/../.."
out=cluster-test/target/profiler
[ -f $out/async-profiler.jar ] ||
    ./mvnw -q -B org.apache.maven.plugins:maven-dependency-plugin:copy -pl . \
        -Dartifact=tools.profiler:async-profiler:4.1 -DoutputDirectory=$out \
        -Dmdep.stripVersion=true >&2
[ -d $out/linux-x64 ] || (cd $out && jar xf async-profiler.jar)
echo "-Dprofiler=$PWD/$(find $out -path "*linux-x64*" -name 'libasyncProfiler.so')"
