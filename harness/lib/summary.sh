# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck disable=SC2154 # variables of run.sh
# VMMs that answer on their screen alone ($summed, stage_vmms): which cases they get, and
# what becomes of their summaries (conformance/protocol.md).

# Batches of their own: what a VMM and the reference are known to do otherwise is left out.
summary_plan() {
	for v in $summed; do
		jq -n -r --arg vmm "$v" --arg engine "$(engine_of "$v")" --arg ref "$reference" --arg refengine "$(engine_of "$reference")" \
			--slurpfile cases "$work/cases.jsonl" --slurpfile adj "$work/adjudicated.jsonl" \
			-L "$harness/lib" -f "$harness/lib/sumplan.jq" >"$work/sumplan" || die "$EX_INFRA" "planning summaries failed"
		awk -F '\t' -v max="$batch" -v dir="$work/plan" -v v="$v" -v jobs="$work/jobs.tsv" -v left="$work/sumleft.$v" '
		BEGIN { printf "" >left }
		$3 != "" { printf "{\"num\":%d,\"why\":\"%s\"}\n", $1, $3 >left; next }
		{
			g = $2; gsub(/[^A-Za-z0-9_.-]/, "_", g)
			if (!(g in part) || n[g] == max) { part[g]++; n[g] = 0 }
			name = "summary-" v "-" g "-" part[g]
			if (!n[g]++) { if (last) close(last); print v "\t" name >>jobs }
			last = dir "/" name
			print $1 >>last
		}' "$work/sumplan"
	done
}

# What each whole summary must be, by the records of the reference.
summary_expect() { # VMM
	jq -r 'select(.verdict == "OK") | "\(.batch) \(.unmet)"' "$work/records/$1.states" |
		while read -r b unmet; do
			"$VMPROOF_CASES" summary "$work/records/$reference.log" "$work/plan/$b" "$unmet" >"$work/one" ||
				exit 1
			jq -c --arg b "$b" '. + {batch: $b}' "$work/one"
		done
}

summary_judge() {
	for v in $summed; do
		gather "$v" "$v" 'alone-*' -v
		summary_expect "$v" >"$work/sumexpect" || die "$EX_INFRA" "$VMPROOF_CASES summary failed"
		for b in "$work/plan/summary-$v"-*; do
			[ ! -f "$b" ] || sed "s/.*/{\"batch\":\"$(basename "$b")\",\"num\":&}/" "$b"
		done >"$work/sumbatches"
		jq -n -c --arg vmm "$v" --arg ref "$reference" --argjson attempt "$attempt" \
			--arg ver "$(cat "$work/caps/$v.version")" --arg media "$(cat "$work/caps/$v.media")" \
			--slurpfile states "$work/records/$v.states" --slurpfile expected "$work/sumexpect" \
			--slurpfile left "$work/sumleft.$v" --slurpfile plan "$work/sumbatches" \
			--slurpfile cases "$work/cases.jsonl" -f "$harness/lib/sumjudge.jq" >>"$out/results.jsonl" ||
			die "$EX_INFRA" "judging the summaries of $v failed"
	done
}
