#!/bin/sh
# SPDX-License-Identifier: MIT
# What becomes of a guest that fails, stops, lies or loses something.
set -u
# shellcheck source=harness/test/lib.sh
. "$(dirname "$0")/lib.sh"
use_fakes

fake bad <<'EOT'
2 wrong
3 undef
4 order
5 crash
7 flip
9 drop
10 exit 9
12 twice
13 swap
15 hang
17 cut
18 corrupt
20 reboot
22 noise
24 hang-order
EOT
run_fakes good,bad --timeout-scale 0.2 --jobs 2
is "$status" 1 "failures: exit status 1"
is "$(tail -n 1 "$tmp/stdout")" "34 passed, 14 failed, 0 skipped" "last line counts"
is "$(verdict bad 1)" "PASS - " "an equal record passes"
is "$(verdict bad 2)" "FAIL FAIL differs from good" "a different record fails"
is "$(verdict bad 3)" "PASS - " "a difference in undefined bits passes"
is "$(verdict bad 4 | cut -c 1-22)" "ORDER PASS alone: PASS" "different alone: ORDER"
is "$(verdict bad 5)" "CRASH CRASH the VMM died of SIGSEGV" "a dead VMM belongs to the last START"
is "$(verdict bad 6)" "PASS - " "the case behind a crash is run again without it"
is "$(verdict bad 7)" "LOST LOST the record's CRC does not match" "a damaged record is lost"
is "$(verdict bad 9)" "LOST LOST no record before the next case started" "a missing record is lost"
is "$(verdict bad 10)" "CRASH CRASH the VMM left with status 9" "a VMM that leaves"
is "$(verdict bad 12)" "LOST LOST two records" "two records are none"
is "$(verdict bad 13)" "LOST PASS record out of order" "a record out of order is lost"
is "$(verdict bad 15 | cut -d ' ' -f 1,2)" "TIMEOUT TIMEOUT" "a hang belongs to the last START"
is "$(verdict bad 16)" "PASS - " "the case behind a hang is run again without it"
is "$(verdict bad 17 | cut -d ' ' -f 1)" "CRASH" "cut off inside its record"
is "$(verdict bad 18)" "CRASH CRASH the guest's runtime was damaged: stack canary" "a damaged runtime"
is "$(verdict bad 20)" "CRASH CRASH after its record: the guest started again" "a reboot"
is "$(verdict bad 22)" "PASS - " "unrelated text on the channel"
is "$(verdict bad 24 | cut -d ' ' -f 1-4)" "ORDER PASS alone: PASS," "hangs only among others: ORDER"
is "$(jq -s 'map(select(.vmm == "good" and .verdict == "PASS")) | length' "$tmp/out/results.jsonl")" 24 \
	"the reference is scored, too"
is "$(jq -c 'select(.vmm == "bad" and .num == 2) | .diff' "$tmp/out/results.jsonl")" \
	'[{"field":"result","expected":"3c6e0000","got":"bc6e0000"}]' "what differs is in the record"

# Logs that are wrong as a whole.
for how in count digest never; do
	echo "plan $how" | fake bad
	run_fakes bad --group alu --rerun-max 0
	is "$(tail -n 1 "$tmp/stdout")" "0 passed, 8 failed, 0 skipped" "PLAN wrong ($how): nothing passes"
	is "$(jq -s 'map(.verdict) | unique | join(" ")' "$tmp/out/results.jsonl")" '"LOST"' \
		"PLAN wrong ($how): all lost"
done
echo "end never" | fake bad
run_fakes bad --group alu --rerun-max 0 --timeout-scale 0.2
is "$(tail -n 1 "$tmp/stdout")" "7 passed, 1 failed, 0 skipped" "without END the last case is in doubt"
echo "3 babble" | fake bad
run_fakes bad --group alu --rerun-max 0 --timeout-scale 0.01
is "$(verdict bad 3 | cut -d ' ' -f 1)" TIMEOUT "a guest that talks without end meets the limit"
is "$(tail -n 1 "$tmp/stdout")" "7 passed, 1 failed, 0 skipped" "... and the rest is run"
printf '* crash\n' | fake bad
run_fakes bad --group alu --rerun-max 0
is "$(jq -s -c 'map(.verdict) | unique' "$tmp/out/results.jsonl")" '["CRASH"]' "every case crashes"
# A reference that depends on order accuses nobody else.
echo "2 order" | fake fickle
vmproof run --vmm good,fickle --reference fickle --out "$tmp/out" --no-report --group alu
is "$(verdict good 2 | cut -d ' ' -f 1)" PASS "the reference's record alone counts"
is "$(verdict fickle 2 | cut -d ' ' -f 1)" ORDER "... and the reference gets ORDER"
# Attempts that disagree.
cat >"$fakes/flaky" <<EOT
#!/bin/sh
[ \$1 != run ] || echo x >>"$tmp/count"
: >"$tmp/flaky.script"
[ "\$(wc -l <"$tmp/count" 2>/dev/null)" != 2 ] || echo '2 wrong' >"$tmp/flaky.script"
DRIVER_NAME=flaky FAKE_SCRIPT=$tmp/flaky.script exec "$harness/vmm.d/fake" "\$@"
EOT
chmod +x "$fakes/flaky"
run_fakes flaky --group alu --repeat 2 --rerun-max 0
is "$(verdict flaky 2 | cut -d ' ' -f 1)" FLAKY "--repeat: verdicts that differ"
is "$(tail -n 1 "$tmp/stdout")" "7 passed, 1 failed, 0 skipped" "... count once"

# Adjudications.
printf 'alu/add/f0/pm32/c2\tbad\tSDM 2A\tit forgets\nalu/sub/*\tgood\tCPU\treference wrong\n' \
	>"$tmp/adjudicated.tsv"
printf '2 wrong\n6 wrong\n' | fake bad
run_fakes good,bad --group alu
is "$(verdict bad 2)" "XFAIL - bad is wrong here (SDM 2A): it forgets" "known to be wrong: XFAIL"
is "$(verdict bad 6)" "PASS - good is wrong here (CPU): reference wrong" "the reference is wrong: PASS"
is "$(verdict good 6)" "XFAIL - good is wrong here (CPU): reference wrong" "... and XFAIL for it"
is "$status" 0 "settled differences are no failures"
# The reason is what is said of the fields that differ.
field=$(jq -r 'select(.vmm == "bad" and .num == 2) | .diff[0].field' "$tmp/out/results.jsonl")
{
	printf 'alu/add/f0/pm32/c2\tbad\tSDM 1\tof another field\trf\n'
	printf 'alu/add/f0/pm32/c2\tbad\tSDM 2\tof any field\n'
} >"$tmp/adjudicated.tsv"
printf '2 wrong\n' | fake bad
run_fakes good,bad --group alu
is "$(verdict bad 2)" "XFAIL - bad is wrong here (SDM 2): of any field" "the rule for other fields is not the reason"
printf 'alu/add/f0/pm32/c2\tbad\tSDM 3\tof this field\trf, %s\n' "$field" >>"$tmp/adjudicated.tsv"
run_fakes good,bad --group alu
is "$(verdict bad 2)" "XFAIL - bad is wrong here (SDM 3): of this field" "... the one that names it is"
# The rules of the manual judge the reference, too.
FAKE_MODEL=$tmp/model
export FAKE_MODEL
mkdir -p "$FAKE_MODEL"
broken='"verdict":"broken","rule":"vector 13","fields":["vector"],"record":"completed"'
printf '%s\n' "{\"num\":1,\"id\":\"x\",$broken}" '{"num":3,"verdict":"unmet","missing":"PAE"}' >"$FAKE_MODEL/good.log"
printf '%s\n' "{\"num\":1,\"id\":\"x\",$broken}" "{\"num\":2,\"id\":\"y\",$broken}" \
	'{"num":4,"verdict":"unmet","missing":"VME"}' >"$FAKE_MODEL/bad.log"
fake bad </dev/null
: >"$tmp/adjudicated.tsv"
run_fakes good,bad --group alu
is "$(verdict good 1)" "FAIL PASS breaks a rule of the manual" "rules: the reference fails"
is "$(verdict bad 2 | cut -d ' ' -f 1,3-)" "FAIL breaks a rule of the manual" "rules: equal to the reference is not enough"
is "$(verdict good 2)" "PASS PASS " "rules: the others pass"
is "$(verdict good 3)" "SKIP - its CPUID lacks PAE" "unmet predicate: skipped with its reason"
is "$(verdict bad 3)" "SKIP - CPUID of the reference good lacks PAE" "unmet on the reference: nothing to compare with"
is "$(verdict bad 4)" "SKIP - its CPUID lacks VME" "unmet on the VMM"
# In writing: the reference is wrong, and agreeing with it does not help.
id1=$("$VMPROOF_CASES" list | jq -r 'select(.num == 1) | .id')
printf '%s\tgood\tSDM\tG1: wrong vector\tvector\n' "$id1" >"$tmp/adjudicated.tsv"
run_fakes good,bad --group alu
is "$(verdict good 1)" "XFAIL - good is wrong here (SDM): G1: wrong vector" "rules: the reference is wrong in writing"
is "$(verdict bad 1 | cut -d ' ' -f 1)" "FAIL" "rules: whoever agrees with it fails"
unset FAKE_MODEL

# The oracle policy: witnesses, what is only reported, lists that must stay true.
: >"$tmp/adjudicated.tsv"
printf '23 wrong\n24 wrong\n' | fake bad
run_fakes good,bad --group string
is "$(verdict bad 23 | cut -d ' ' -f 1)" FAIL "a required case fails"
is "$(verdict bad 24 | cut -d ' ' -f 1)" REPORT "where only emulators were asked a difference is reported"
is "$(tail -n 1 "$tmp/stdout")" "14 passed, 1 failed, 1 skipped" "... and not scored"
field() { # VMM CASE FILTER
	jq -r --arg v "$1" --argjson n "$2" "select(.vmm == \$v and .num == \$n) | $3" "$tmp/out/results.jsonl"
}
is "$(field good 23 '.oracle, .witness[]' | tr '\n' ';')" "required;manual: SDM vol. 2;agree: good;" "class and witnesses of a record"
is "$(field good 22 '.witness[-1]')" "agree: good bad" "... and who agrees"
id23=$("$VMPROOF_CASES" list | jq -r 'select(.num == 23) | .id')
id22=$("$VMPROOF_CASES" list | jq -r 'select(.num == 22) | .id')
mkdir -p "$VMPROOF_XFAIL"
printf '# fake 1\n%s\n%s\n' "$id22" "$id23" >"$VMPROOF_XFAIL/bad.list"
printf 'string/*\tbad\tSDM 2A\tit forgets\n' >"$tmp/adjudicated.tsv"
run_fakes good,bad --group string
is "$(verdict bad 23 | cut -d ' ' -f 1)" XFAIL "listed and wrong: XFAIL"
is "$(verdict bad 22 | cut -d ' ' -f 1)" XPASS "listed and right: an unexpected pass fails"
is "$status" 1 "... the run"
# Another driver of that VMM, its own reference: nobody there can show the fault.
printf '23 wrong\n' | fake other
sed -i 's/DRIVER_NAME=other/& FAKE_ENGINE=bad/' "$fakes/other"
run_fakes other --reference other --group string
is "$(verdict other 23)" "XFAIL - other is wrong here (SDM 2A): it forgets" "what is said of a VMM holds for its drivers as the reference"
is "$(verdict other 22 | cut -d ' ' -f 1)" XFAIL "... and none of its cases is an unexpected pass"
rm -r "$VMPROOF_XFAIL"
finish
