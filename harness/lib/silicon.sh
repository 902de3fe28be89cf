# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck disable=SC2154 # variables of run.sh
# Witnesses of `vmproof ingest`: what processors of real PCs answered to the cases of
# this table.  They say so beside the host CPU, each with the name of its chip.
silicon_store=${VMPROOF_SILICON:-$top/results/silicon}

# Witnesses of this case table, one JSON object each, into $work/silicon.jsonl.
silicon_find() {
	: >"$work/silicon.jsonl"
	for json in "$silicon_store"/*.json; do
		[ -e "$json" ] || continue
		log=${json%.json}.log
		grep -q '^END ' "$log" 2>/dev/null ||
			die "$EX_INFRA" "the witness $log is not whole: ingest it again"
		jq -c --arg digest "$digest" --arg log "$log" \
			'select(.digest == $digest) | . + {log: $log}' "$json" >>"$work/silicon.jsonl" ||
			die "$EX_INFRA" "the witness $json cannot be read"
	done
	[ ! -s "$work/silicon.jsonl" ] ||
		say "witnesses: $(jq -r '"\(.chip) (\(.cases) cases)"' "$work/silicon.jsonl" | paste -s -d ',' | sed 's/,/, /g')"
}

# What they say of each record of a log: {num, chip, verdict: agree or differs}.
# A record of FF is no answer: that chip lacks what the case needs.
silicon_ask() { # LOG OUTPUT
	: >"$2"
	[ -s "$work/silicon.jsonl" ] || return 0
	sed -n 's/^R \([0-9]*\) .*/\1/p' "$1" >"$2.got"
	jq -r '"\(.log)\t\(.chip) (\(.signature))"' "$work/silicon.jsonl" >"$2.list"
	while IFS='	' read -r log chip; do
		compare "$log" "$1" "$2.diff"
		sed -n 's/^R \([0-9]*\) \([0-9a-f]*\) .*/\1 \2/p' "$log" |
			awk '!(length($2) == 10 && $2 ~ /^ff/) { print $1 }' >"$2.has"
		jq -n -c --arg chip "$chip" --rawfile has "$2.has" --rawfile got "$2.got" --slurpfile diff "$2.diff" '
			def set: reduce .[] as $n ({}; .[$n] = true);
			($diff | map(.num | tostring) | set) as $differs | ($got | split("\n") | set) as $got
			| $has | split("\n")[] | select(. != "" and $got[.])
			| {num: tonumber, chip: $chip, verdict: (if $differs[.] then "differs" else "agree" end)}' >>"$2" ||
			die "$EX_INFRA" "asking the witness $log failed"
	done <"$2.list"
	rm -f "$2.got" "$2.list" "$2.diff" "$2.has"
}
