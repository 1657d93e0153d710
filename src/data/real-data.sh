#!/bin/sh
# Loads real data into a running Ebla through `ebla import`, reads it back whole and by ranges, and
# compares checksums of (pk, sk, data) of what came back with what was given.
#
#   src/data/real-data.sh [--url URL] [--data DIR] [--work DIR]
#
# URL of the node (default $EBLA_URL or http://127.0.0.1:8080), DIR of the node's data to tell its size
# on disk (default: not told), and a directory for the files (default: a new one under ${TMPDIR:-/tmp}).
# Needs a JDK, apt-cache (the machine's package index) and the iso-codes package; a data set whose source
# is absent is left out, and said so. The two tables, `packages` and `iso_codes`, are dropped first.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
ebla="$here/../../ebla"
url=${EBLA_URL:-http://127.0.0.1:8080}
data=
work=
while [ $# -gt 0 ]; do
    case $1 in
        --url) url=$2 ;;
        --data) data=$2 ;;
        --work) work=$2 ;;
        *) sed -n '2,10p' "$0" >&2; exit 64 ;;
    esac
    shift 2
done
[ -n "$work" ] || work=$(mktemp -d "${TMPDIR:-/tmp}/ebla-real-data.XXXXXX")
mkdir -p "$work"
export EBLA_URL="$url"
failures=0

seconds() { # runs the rest; prints how long it took
    began=$(date +%s%N)
    "$@" || { echo "FAILED: $*" >&2; exit 1; }
    ended=$(date +%s%N)
    echo "$(( (ended - began) / 1000000 ))" | awk '{ printf "%.1f s", $1 / 1000 }'
}

fingerprint() { java "$here/Fingerprint.java" "$@"; }

same() { # what it is, given, got
    if [ "$2" = "$3" ]; then
        echo "  same     $1: $2"
    else
        echo "  DIFFERS  $1: given $2"
        echo "           $1: got   $3"
        failures=$((failures + 1))
    fi
}

import_table() { # table, file
    "$ebla" table drop "$1" --if-exists > "$work/$1.drop" 2>&1 || true
    "$ebla" table create "$1" > "$work/$1.create"
    "$ebla" import "$1" "$2" > "$work/$1.import" 2>&1
}

export_range() { # table, file, bounds...
    table=$1 file=$2
    shift 2
    "$ebla" export "$table" "$file" "$@" > "$work/$table.export" 2>&1
}

check() { # table, file, then pks that cut the table into ranges
    table=$1 file=$2
    shift 2
    echo "$table: $(wc -l < "$file") lines, $(wc -c < "$file") bytes"
    took=$(seconds import_table "$table" "$file")
    echo "  import   $took (start of the command included)"
    rm -f "$work/$table.whole"
    took=$(seconds export_range "$table" "$work/$table.whole")
    echo "  export   $took, $(wc -c < "$work/$table.whole") bytes"
    same whole "$(fingerprint import "$file")" "$(fingerprint export "$work/$table.whole")"
    from=
    for to in "$@" ""; do
        rm -f "$work/$table.range"
        export_range "$table" "$work/$table.range" ${from:+--from "$from"} ${to:+--to "$to"}
        same "[${from:-start}, ${to:-end})" "$(fingerprint import "$file" "$from" "$to")" \
            "$(fingerprint export "$work/$table.range")"
        from=$to
    done
}

if command -v apt-cache > /dev/null; then
    LC_ALL=C.UTF-8 apt-cache dumpavail | java "$here/DebianPackages.java" > "$work/packages.ndjson"
    check packages "$work/packages.ndjson" f librust- m q
else
    echo "packages: left out, there is no apt-cache"
fi
if [ -d /usr/share/iso-codes/json ]; then
    java "$here/IsoCodes.java" > "$work/iso-codes.ndjson"
    check iso_codes "$work/iso-codes.ndjson" 3166-1 3166-2 639-3
else
    echo "iso_codes: left out, the iso-codes package is not installed"
fi
if [ -n "$data" ]; then
    echo "on disk: $(du -sk "$data" | cut -f1) KiB in $data, of which"
    du -sk "$data/tablets" "$data/journal" | awk '{ print "  " $1 " KiB in " $2 }'
fi
[ "$failures" -eq 0 ] || { echo "$failures checksums differ"; exit 1; }
echo "every checksum agrees"
