# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
# `vmproof report`: the outputs of a run once more, from its results.

out=$top/results/latest
html=''
junit=''
what=all
while [ $# -gt 0 ]; do
	case $1 in
	--out | --html | --junit)
		want_value "$1" $#
		case $1 in
		--out) out=$2 ;;
		--html)
			html=$2
			what=files
			;;
		--junit)
			junit=$2
			what=files
			;;
		esac
		shift
		;;
	--tap | --text | --sensitive) what=${1#--} ;;
	-h | --help)
		# shellcheck source=harness/lib/help.sh
		. "$harness/lib/help.sh"
		help_main report
		exit 0
		;;
	*) unknown "$1" ;;
	esac
	shift
done
need_tool jq
for f in run.json results.jsonl; do
	[ -r "$out/$f" ] || die "$EX_USAGE" "no results in '$out': $f is missing"
done
out=$(cd "$out" && pwd)

make_html() { # FILE
	need_tool gnuplot
	"$harness/lib/html" "$out" "$1" || die "$EX_INFRA" "cannot write '$1'"
}

case $what in
tap) "$harness/lib/tap" "$out" ;;
text)
	"$harness/lib/digest" "$out" || exit "$EX_INFRA"
	jq -r -L "$harness/report" --slurpfile run "$out/run.json" -f "$harness/lib/table.jq" "$out/digest.json"
	jq -r '.counts | "\(.passed) passed, \(.failed) failed, \(.skipped) skipped"' "$out/digest.json"
	;;
sensitive)
	"$harness/lib/digest" "$out" && "$harness/lib/sensitive" "$out" || exit "$EX_INFRA"
	[ -s "$out/sensitive.txt" ] || die "$EX_USAGE" "no case of group sensitive in '$out'"
	cat "$out/sensitive.txt"
	;;
files)
	[ -z "$html" ] || make_html "$html"
	if [ -n "$junit" ] && ! "$harness/lib/junit" "$out" >"$junit"; then
		die "$EX_INFRA" "cannot write '$junit'"
	fi
	;;
all)
	make_html "$out/report.html"
	"$harness/lib/tap" "$out" >"$out/results.tap" || die "$EX_INFRA" "cannot write results.tap"
	"$harness/lib/junit" "$out" >"$out/results.xml" || die "$EX_INFRA" "cannot write results.xml"
	echo "$out/report.html"
	;;
esac
