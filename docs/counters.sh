#!/bin/sh
# SPDX-License-Identifier: MIT
# docs/counters.md from bt/stats.def, on stdout.
set -eu
cd "$(dirname "$0")/.."
cat <<'TEXT'
# The engine's counters

Generated from bt/stats.def by `make docs-counters`. `refvmm --stats json` prints them in this order, under "counters".

| counter | meaning |
|---|---|
TEXT
awk '/^STAT\(/ {
	if (!match($0, /^STAT\([a-z0-9_]+, ".*"\)$/)) {
		print "bt/stats.def:" NR ": not one whole line" >"/dev/stderr"
		exit 1
	}
	name = $0
	sub(/^STAT\(/, "", name)
	sub(/,.*/, "", name)
	text = $0
	sub(/^[^"]*"/, "", text)
	sub(/"\)$/, "", text)
	print "| " name " | " text " |"
}' bt/stats.def
