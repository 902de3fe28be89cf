# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
# Which cases: the options --group, --not-group, --filter and CASE words, shared
# by list and run.

sel_groups=''
sel_not=''
sel_globs=''

# Take one selection option; returns 1 when it is not one, else sets sel_used to
# the number of words used.
select_option() { # OPTION VALUE-OR-NOTHING
	case $1 in
	--group)
		want_value "$1" $# && sel_groups="$sel_groups,$2"
		;;
	--not-group)
		want_value "$1" $# && sel_not="$sel_not,$2"
		;;
	--filter)
		want_value "$1" $# && sel_globs="$sel_globs
$2"
		;;
	*) return 1 ;;
	esac
}

# Print the selected cases of FILE (JSON Lines).  A group or pattern that matches
# nothing is an error: stale lists do not rot in silence.
select_cases() { # FILE
	jq -c -n --arg groups "$sel_groups" --arg not "$sel_not" --arg globs "$sel_globs" \
		-L "$harness/lib" -f "$harness/lib/select.jq" "$1" >"$1.selected" 2>"$1.error" || {
		die "$EX_USAGE" "$(sed -n 's/^jq: error ([^)]*): //p' "$1.error" | head -n 1)"
	}
	cat "$1.selected"
	rm -f "$1.selected" "$1.error"
}
