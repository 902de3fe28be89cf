# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
# `vmproof ingest LOG`: what a real PC said becomes a witness, with its chip.
store=${VMPROOF_SILICON:-$top/results/silicon}
log=''
while [ $# -gt 0 ]; do
	case $1 in
	--store)
		want_value "$1" $#
		store=$2
		shift
		;;
	-*) unknown "$1" ;;
	*)
		[ -z "$log" ] || die "$EX_USAGE" "one log at a time"
		log=$1
		;;
	esac
	shift
done
[ -n "$log" ] || die "$EX_USAGE" "which log? see vmproof help ingest"
if [ ! -r "$log" ] || [ -d "$log" ]; then
	die "$EX_USAGE" "cannot read '$log'"
fi
need_tool jq
need_built "$VMPROOF_CASES"

refuse() { # REASON
	die "$EX_FAIL" "'$log' is no witness: $1"
}

# The last INFO line of a key: firmware may stand before it, a CR behind it.
info() { # KEY
	tr -d '\r' <"$log" | grep -a "^INFO $1 " | tail -n 1 | cut -d ' ' -f 3-
}

# Registers of CPUID as text: four characters each, lowest byte first.
registers_text() { # HEX-DIGITS
	echo "$1" | fold -w 8 | while read -r r; do
		for i in 7 5 3 1; do
			byte=$(echo "$r" | cut -c "$i-$((i + 1))")
			# shellcheck disable=SC2059 # the escape is the point
			[ "$byte" = 00 ] || printf "\\$(printf %03o "0x$byte")"
		done
	done | tr -cd ' -~' | sed 's/^ *//; s/ *$//; s/  */ /g'
}

work=$(mktemp -d) || die "$EX_INFRA" "cannot make a temporary folder"
trap 'rm -rf "$work"' EXIT
"$VMPROOF_CASES" check "$log" >"$work/check.json" 2>"$work/error"
case $? in
0) ;;
1) refuse "it is not whole (no PLAN or END, or a record is missing or damaged)" ;;
*) refuse "$(tail -n 1 "$work/error" | sed 's/^cases: //')" ;;
esac
cpu=$(info cpuid)
echo "$cpu" | grep -q -x '[0-9a-f]\{24\} [0-9a-f]\{8\} [0-9a-f]\{8\}' ||
	refuse "it does not say which processor it ran on (INFO cpuid)"
case $(info machine) in
bare) ;;
hypervisor*) refuse "a hypervisor was below it: $(registers_text "$(info machine | cut -d ' ' -f 2)")" ;;
*) refuse "it does not say whether a hypervisor was below it (INFO machine)" ;;
esac
vendor=$(registers_text "${cpu%% *}")
signature=$(echo "$cpu" | cut -d ' ' -f 2)
brand=$(info brand | grep -x '[0-9a-f]\{96\}')
[ -z "$brand" ] || brand=$(registers_text "$brand")
plan=$(tr -d '\r' <"$log" | grep -a '^PLAN ' | tail -n 1)
digest=${plan##* }
crc=$(tr -d '\r' <"$log" | grep -a '^END ' | tail -n 1 | cut -d ' ' -f 3)

# The name says what it is: another chip, table or answer is another witness.
name=$(echo "$vendor" | tr -cd 'A-Za-z0-9')-$signature-$digest-$crc
mkdir -p "$store" || die "$EX_INFRA" "cannot write in '$store'"
[ ! -e "$store/$name.log" ] || refuse "$store/$name.log says the same already"
tr -d '\r' <"$log" | grep -a -E '^(INFO|PLAN|START|R|END) ' >"$work/log"
jq -n --arg chip "${brand:-$vendor}" --arg vendor "$vendor" --arg signature "$signature" --arg digest "$digest" \
	--arg crc "$crc" --arg plan "$plan" --arg date "$(date -u +%Y-%m-%d)" --arg from "$(basename "$log")" '{v: 1,
	chip: $chip, vendor: $vendor, signature: $signature, digest: $digest, crc: $crc,
	cases: ($plan | split(" ")[1] | tonumber), ingested: $date, from: $from}' >"$work/json" ||
	die "$EX_INFRA" "cannot write '$work/json'"
# ln fails where there is a file: nothing is overwritten, whoever comes first.
for kind in json log; do
	cp "$work/$kind" "$store/.$name.$kind.$$" || die "$EX_INFRA" "cannot write in '$store'"
done
ln "$store/.$name.log.$$" "$store/$name.log" 2>/dev/null && ln "$store/.$name.json.$$" "$store/$name.json"
linked=$?
rm -f "$store/.$name.log.$$" "$store/.$name.json.$$"
[ $linked -eq 0 ] || die "$EX_INFRA" "cannot write '$store/$name.log'"
echo "$(jq -r '"\(.chip) (\(.signature)): \(.cases) cases"' "$store/$name.json") in $store/$name.log"
exit "$EX_OK"
