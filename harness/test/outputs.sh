#!/bin/sh
# SPDX-License-Identifier: MIT
# The files that a run leaves, checked with the tools that read them.
set -u
# shellcheck source=harness/test/lib.sh
. "$(dirname "$0")/lib.sh"
use_fakes
printf '2 wrong\n5 crash\n9 drop\n' | fake 'bad'
printf 'alu/sub/f1/pm32/c1\tbad\tSDM <2A> & "B"\tit crashes # here\n' >"$tmp/adjudicated.tsv"
vmproof run --vmm good,bad --reference good --out "$tmp/out" --junit "$tmp/j.xml" --rerun-max 1
o=$tmp/out
is "$(tail -n 1 "$tmp/stdout")" "45 passed, 2 failed, 1 skipped" "counts"
is "$(grep -c '^skip: bad: 1 cases: XFAIL' "$tmp/stdout")" 1 "each skip with its reason"
is "$(grep -c "again: harness/vmproof run --vmm bad --reference good --filter 'alu/add/f0/pm32/c2'" "$tmp/stdout")" 1 \
	"each failure with its command"
again=$(sed -n "s|^ *again: harness/vmproof \\(.*c2'\\)\$|\\1|p" "$tmp/stdout")
cp "$tmp/stdout" "$tmp/first"
eval "vmproof $again --no-report --out \"\$tmp/again\""
is "$(jq -r '"\(.vmm) \(.test) \(.verdict)"' "$tmp/again/results.jsonl") $(tail -n 1 "$tmp/stdout")" \
	"bad alu/add/f0/pm32/c2 FAIL 0 passed, 1 failed, 0 skipped" "... which runs that case alone, and it fails again"
cp "$tmp/first" "$tmp/stdout"
for f in run.json results.jsonl digest.json notable.jsonl matrix.json summary.txt results.tap \
	results.xml report.html report.png; do
	[ -s "$o/$f" ]
	ok $? "$f is there"
done
[ ! -e "$o/work" ]
ok $? "nothing temporary is left"
[ -f "$o/logs/bad/alu-1/run1/driver.json" ] && [ ! -e "$o/logs/good" ]
ok $? "logs of stopped VMs are kept"

# Every record has the fields and words of the schema.
schema=$harness/../docs/results-schema.json
is "$(jq -r --slurpfile s "$schema" '. as $r | $s[0].properties as $p
	| ($s[0].required - keys)[], (keys - ($p | keys))[],
	  (if $p.verdict.enum | index($r.verdict) then empty else $r.verdict end),
	  (if $p.outcome.enum | index($r.outcome) then empty else $r.outcome end)' "$o/results.jsonl")" "" \
	"results.jsonl keeps to docs/results-schema.json"

is "$(head -n 2 "$o/results.tap" | tr '\n' ' ')" "TAP version 13 1..48 " "TAP begins with version and plan"
is "$(grep -c '^ok ' "$o/results.tap") $(grep -c '^not ok ' "$o/results.tap") $(grep -c '# TODO' "$o/results.tap")" \
	"45 3 1" "TAP points"
if command -v prove >/dev/null 2>&1; then
	prove -e cat "$o/results.tap" >"$tmp/prove" 2>&1
	is "$(grep -c 'Tests: 48 Failed: 2' "$tmp/prove")" 1 "prove reads the TAP"
else
	skip "prove reads the TAP" "prove is not installed"
fi
if command -v xmllint >/dev/null 2>&1; then
	xmllint --noout "$o/results.xml" 2>"$tmp/xml"
	ok $? "xmllint reads the JUnit XML"
else
	skip "xmllint reads the JUnit XML" "xmllint is not installed"
fi
is "$(grep -c '<testcase' "$o/results.xml") $(grep -c '<failure' "$o/results.xml") $(grep -c '<error' "$o/results.xml") $(grep -c '<skipped' "$o/results.xml")" \
	"48 1 1 1" "JUnit counts"
cmp -s "$o/results.xml" "$tmp/j.xml"
ok $? "--junit"

# Self-contained, and everything failing is in it.
! grep -E -q '(src|href)="?(https?:)?//' "$o/report.html"
ok $? "the report loads nothing"
for text in 'id="f-bad-alu"' 'href="#f-bad-alu"' 'alu/add/f0/pm32/c2' 'bc6e0000' 'id=bench' \
	'no such form' 'data:image/svg+xml' 'SDM &lt;2A&gt; &amp; &quot;B&quot;'; do
	grep -q -F "$text" "$o/report.html" || [ "$text" = 'data:image/svg+xml' ]
	ok $? "the report has $text"
done
is "$(od -A n -t x1 -N 4 "$o/report.png" | tr -d ' ')" 89504e47 "the picture is a PNG"

# Opcode maps and the history of whole runs are sections of their own.
coverage=$VMPROOF_BUILD/conformance/coverage/coverage
if [ -x "$coverage" ]; then
	printf '00c0/32\tgood\tpassed\tsilicon\n00c0/32\tbad\tfailed\tmanual\nd8c1/16\tgood\tknown\t\n' |
		"$coverage" map >"$tmp/c.json"
	is "$(jq -c '[.slots[] | select(.k == "00r" or .k == "D8C1" or .k == "00m") | [.k, .w, .v]]' "$tmp/c.json")" \
		'[["00m",[0,0,0],[[0,0,0,0],[0,0,0,0]]],["00r",[1,1,0],[[1,0,0,0],[0,1,0,0]]],["D8C1",[0,0,1],[[0,0,1,0],[0,0,0,0]]]]' \
		"coverage: witnesses and verdicts by encoding"
	printf '00zz/32\tgood\tpassed\t\n' | "$coverage" map >"$tmp/bad" 2>&1
	is "$? $(wc -l <"$tmp/bad")" "2 1" "coverage: bad input is refused in one line"
	cp "$tmp/c.json" "$o/coverage.json"
	vmproof report --out "$o"
	for text in 'id=opcodes' 'id="opp1"' 'a hole' '1 encodings with failing cases'; do
		grep -q -F "$text" "$o/report.html"
		ok $? "the opcode maps have $text"
	done
	cat >"$tmp/code" <<'E'
00c0/32	good	passed	silicon
E
	"$coverage" map --vectors "$harness/../conformance/vectors/sst286" --vectors "$harness/../conformance/vectors/host32" \
		<"$tmp/code" >"$o/coverage.json"
	is "$? $(jq -c '[[.sets[] | .name, .vectors], (.slots[] | select(.k == "0FA2" or .k == "27") | [.k, .w, (.vec | map(. > 0))])]' "$o/coverage.json")" \
		'0 [["sst286",65000,"host32",15356],["27",[0,0,0],[true,true]],["0FA2",[0,0,0],[false,false]]]' \
		"coverage: which encodings have vectors"
	vmproof report --out "$o"
	for text in 'vectors: sst286 ' 'are in the 65000 vectors of sst286 (80286)'; do
		grep -q -F "$text" "$o/report.html"
		ok $? "the opcode maps have $text"
	done
	"$coverage" check --vectors "$tmp" >"$tmp/bad" 2>&1
	is "$? $(wc -l <"$tmp/bad")" "2 1" "coverage: a folder without vectors is refused"
	rm "$o/coverage.json"
else
	skip "opcode maps" "conformance/coverage is not built"
fi
VMPROOF_HISTORY=$tmp/history/runs.jsonl
for _ in 1 2; do
	vmproof run --vmm good,bad --reference good --out "$tmp/out3" --rerun-max 0
done
vmproof run --vmm good --reference good --out "$tmp/out4" --group alu --no-report
is "$(jq -c '[.cases, .vmms.good.passed, .vmms.bad.failed, .vmms.bad.known]' "$VMPROOF_HISTORY" | tr '\n' ' ')" \
	"[24,24,2,1] [24,24,2,1] " "each run of all cases is a line of the history"
is "$(grep -c 'id=history' "$tmp/out3/report.html") $(grep -c 'Runs of all cases on this machine: 2' "$tmp/out3/report.html")" "1 1" \
	"... and in the report"
VMPROOF_HISTORY=

# Made again from the results.
vmproof report --out "$o"
cp "$o/report.html" "$tmp/before"
vmproof report --out "$o"
is "$status" 0 "report"
cmp -s "$tmp/before" "$o/report.html"
ok $? "report makes the same page again"
vmproof report --out "$o" --text
is "$(tail -n 1 "$tmp/stdout")" "45 passed, 2 failed, 1 skipped" "report --text"
vmproof report --out "$o" --tap
cmp -s "$tmp/stdout" "$o/results.tap"
ok $? "report --tap"
vmproof run --vmm good --reference good --out "$tmp/out2" --no-report --tap
is "$status $(grep -c '^ok ' "$tmp/stdout") $(grep -v -c -E '^(ok |TAP|1\.\.)' "$tmp/stdout")" "0 24 0" \
	"run --tap prints nothing else"
run_fakes good --keep-artifacts always
[ -f "$o/logs/good/alu-1/run1/e9.raw" ]
ok $? "--keep-artifacts always"
run_fakes bad --keep-artifacts never
[ ! -e "$o/logs" ]
ok $? "--keep-artifacts never"

# The page of the 17 instructions, from results made by hand.
s=$tmp/seventeen
mkdir -p "$s"
jq '.vmms = ["good", "bad"]' "$o/run.json" >"$s/run.json"
case_of='"group":"sensitive","mnemonic":"str","mode":'
cat >"$s/results.jsonl" <<-EOT
	{"v":1,"test":"sensitive/str/r16/pm32.3/a","num":1,$case_of"pm32.3","vmm":"good","verdict":"PASS","outcome":"passed","reason":null,"attempt":1}
	{"v":1,"test":"sensitive/str/r16/pm32.3/a","num":1,$case_of"pm32.3","vmm":"bad","verdict":"FAIL","outcome":"failed","reason":"differs","attempt":1,"diff":[{"field":"reg","expected":"ECX=28","got":"ECX=<40>"}]}
	{"v":1,"test":"sensitive/str/r16/real16/a","num":2,$case_of"real16","vmm":"bad","verdict":"XFAIL","outcome":"skipped","reason":"known","attempt":1}
EOT
echo '{"row":16,"name":"STR","mnemonics":"str","class":"c","ring0":"stores TR","outer":"stores TR, too","v86":"#UD","real":"#UD in real","naive":"host","cite":"SDM 2B STR"}' >"$s/seventeen.jsonl"
echo '{"num":3,"id":"sensitive/str/r16/pm32.0/a","mnemonic":"str","mode":"pm32.0","verdict":"wrong","by":"umip","expected":"ECX=28","got":"ECX=40"}' >"$s/naive.jsonl"
vmproof report --out "$s" --sensitive
is "$(sed -n 's/ *$//; s/   */ /g; /ring 3/p' "$tmp/stdout")" " ring 3 stores TR, too good 1/1 bad 0/1 1 FAILED" "17 instructions: a failure"
is "$(grep -c 'real .*bad 0/1 1 known' "$tmp/stdout")" 1 "... a known difference"
is "$(grep -c 'ring 0 .*naive: 1 wrong, 0 trap, 0 right (umip)' "$tmp/stdout")" 1 "... naive de-privileging, and who answered"
for text in 'ECX=&lt;40&gt;' 'breakpoints and #AC see' 'chip b4' 'chip known' 'UMIP: kernel'; do
	grep -q -F "$text" "$s/sensitive.html"
	ok $? "the page has $text"
done
: >"$s/seventeen.jsonl"
rm -f "$s"/sensitive.*
vmproof report --out "$s" --sensitive
is "$status" 2 "no page without the group"
finish
