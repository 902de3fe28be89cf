# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
# `vmproof list`: what there is.
# shellcheck source=harness/lib/select.sh
. "$harness/lib/select.sh"

list_what=''
list_json=no
while [ $# -gt 0 ]; do
	if select_option "$@"; then
		shift 2
		continue
	fi
	case $1 in
	--cases | --groups | --vmms | --sets) list_what=${1#--} ;;
	--json)
		list_what=cases
		list_json=yes
		;;
	*) unknown "$1" ;;
	esac
	shift
done
need_tool jq

# The selected cases into the file $chosen, which dies with the program.
list_select() {
	need_built "$VMPROOF_CASES"
	chosen=$(mktemp) || die "$EX_INFRA" "cannot make a temporary file"
	trap 'rm -f "$chosen" "$chosen.all" "$chosen.all.error" "$chosen.all.selected"' EXIT
	"$VMPROOF_CASES" list >"$chosen.all" || die "$EX_INFRA" "$VMPROOF_CASES list failed"
	select_cases "$chosen.all" >"$chosen"
}

list_groups() {
	jq -s -r 'group_by(.group)[] |
		"\(.[0].group)\t\(length) cases\t\(map(.mnemonic) | unique | length) mnemonics"' "$chosen" |
		column_align
}

column_align() {
	awk -F '\t' '{ printf "  %-18s", $1; for (i = 2; i < NF; i++) printf " %16s", $i
		print "  " $NF }'
}

list_vmms() {
	for d in $(driver_names); do
		if version=$("$VMPROOF_DRIVERS/$d" version 2>&1); then
			printf '  %-18s %s\n' "$d" "$version"
		else
			printf '  %-18s not here: %s\n' "$d" "${version#"$d": }"
		fi
	done
}

list_sets() {
	awk -F '\t' '!/^#/ && NF { printf "  %-18s %s: %s\n", $1, $5, $2 }' "$VMPROOF_SETS"
}

case $list_what in
cases)
	list_select
	if [ "$list_json" = yes ]; then
		cat "$chosen"
	else
		jq -r .id "$chosen"
	fi
	;;
groups)
	list_select
	list_groups
	;;
vmms) list_vmms ;;
sets) list_sets ;;
'')
	list_select
	echo "groups (--cases lists the cases)"
	list_groups
	echo "VMMs"
	list_vmms
	echo "sets"
	list_sets
	;;
esac
