#!/bin/sh
# SPDX-License-Identifier: MIT
# A record area that is too small for what the guest has to say: nothing passes that was
# not heard, the case is named with the reason, and the rest runs in another VM.
set -u
# shellcheck source=harness/test/lib.sh
. "$(dirname "$0")/lib.sh"
real=$VMPROOF_BUILD/conformance/cases
if ! "$harness/vmm.d/qemu-disk" caps >/dev/null 2>&1 || [ ! -x "$real" ]; then
	skip "record area" "QEMU is not here"
	finish
fi
echo 5 >"$tmp/one"
"$real" image --media disk --channel disk --area 2 --select "$tmp/one" --out "$tmp/image" 2>"$tmp/stderr"
is "$? $(wc -l <"$tmp/stderr")" "2 1" "an area without room for text is refused"

# Two sectors of text for the 40 cases of a group, in place of more than a megabyte.
cat >"$tmp/cases" <<EOT
#!/bin/sh
[ "\$1" != image ] || set -- "\$@" --area 4
exec "$real" "\$@"
EOT
chmod +x "$tmp/cases"
VMPROOF_CASES=$tmp/cases
export VMPROOF_CASES
"$real" list | jq -r 'select(.group == "bcd") | .id' | head -n 40 >"$tmp/ids"
# shellcheck disable=SC2046 # ids have no blanks
vmproof run --vmm qemu-disk --reference qemu-disk --timeout-scale 4 --out "$tmp/out" --no-report --keep-artifacts always \
	$(sed 's/^/--filter /' "$tmp/ids")
is "$status" 1 "the run fails"
lost=$(jq -r 'select(.verdict == "LOST") | .reason' "$tmp/out/results.jsonl" | sort -u)
echo "$lost" | grep -q 'the guest gave up: the record area is full$'
ok $? "LOST names the reason: $lost"
is "$(jq -s 'length' "$tmp/out/results.jsonl")" 40 "each case has a result"
is "$(jq -s 'map(select(.verdict | IN("LOST", "PASS", "ORDER", "XFAIL") | not)) | length' "$tmp/out/results.jsonl")" 0 \
	"no VMM is blamed"
is "$(jq -s 'map(select(.verdict == "PASS")) | length > 20' "$tmp/out/results.jsonl")" true "the rest was run again"
finish
