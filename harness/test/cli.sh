#!/bin/sh
# SPDX-License-Identifier: MIT
# The command line: every bad input gives one line on stderr and its exit code.
set -u
# shellcheck source=harness/test/lib.sh
. "$(dirname "$0")/lib.sh"
use_fakes

refused() { # CODE TEXT WORD...: vmproof WORD... is refused with one line
	code=$1 text=$2
	shift 2
	vmproof "$@"
	is "$status $(wc -l <"$tmp/stderr") $(wc -l <"$tmp/stdout") $(grep -c -F -e "$text" "$tmp/stderr")" \
		"$code 1 0 1" "refused: vmproof $*"
}
for command in bench-guests boot capture ingest list run report stress; do
	vmproof $command --help
	is "$status $(head -n 1 "$tmp/stdout" | cut -d ' ' -f 1-3)" "0 usage: vmproof $command" "$command --help"
done
refused 2 "which command"
refused 2 "unknown command 'frob'" frob
refused 2 "no help on 'x'" help x
refused 2 "unknown option '--frob'" run --frob
refused 2 "--vmm needs a value" run --vmm
refused 2 "no driver 'vmware'" run --vmm vmware
refused 2 "no driver 'bochs2'" run --vmm good --reference bochs2
refused 2 "no set 'medium'" run --set medium --vmm good
refused 2 "--jobs 'x' is not a positive number" run --jobs x
refused 2 "no such file or folder" run --vectors "$tmp/nosuch"
refused 2 "does not go with" run --vectors "$tmp" --media disk
refused 2 "--batch '0' is not a positive number" run --batch 0
refused 2 "'0.0' is not a positive factor" run --timeout-scale 0.0
refused 2 "'1.2.3' is not a positive factor" run --timeout-scale 1.2.3
refused 2 "--media 'tape'" run --media tape
refused 2 "--keep-artifacts 'some'" run --keep-artifacts some
refused 2 "no group 'fpu'" run --vmm good --reference good --group fpu --out "$tmp/o"
refused 2 "no case matches 'x*'" run --vmm good --reference good --filter 'x*' --out "$tmp/o"
refused 2 "no case matches 'nosuch'" run --vmm good --reference good nosuch --out "$tmp/o"
refused 2 "no results in" run --vmm good --reference good --rerun-failed --out "$tmp/empty"
refused 3 "cannot make the folder" run --vmm good --reference good --out /proc/nowhere
refused 2 "no results in" report --out "$tmp/empty2"
refused 2 "unknown option '--x'" list --x
refused 2 "no group 'fpu'" list --group fpu --cases
echo "one field" >"$tmp/adjudicated.tsv"
refused 2 "needs case, wrong VMM, witness and text" run --vmm good --reference good --out "$tmp/o"
printf 'alu/*\tgood\tBochs; QEMU 7.2\tboth say so\n' >"$tmp/adjudicated.tsv"
refused 2 "emulators decide nothing" run --vmm good --reference good --out "$tmp/o"
printf 'alu/*\trefvmm\tSDM 2A\tit is wrong\n' >"$tmp/adjudicated.tsv"
refused 2 "refvmm has no list of expected failures" run --vmm good --reference good --out "$tmp/o"
: >"$tmp/adjudicated.tsv"
VMPROOF_CASES=$tmp/nothing
refused 3 "is not built" run --vmm good --reference good
VMPROOF_CASES=$harness/fake/cases
refused 2 "cannot read '$tmp'" ingest "$tmp"
built=$VMPROOF_BUILD
VMPROOF_BUILD=$tmp/nothing VMPROOF_DRIVERS=$harness/vmm.d
for words in capture bench-guests 'stress --minutes 1' 'boot --no-prepare'; do
	# shellcheck disable=SC2086 # words
	refused 3 "is not built: run make" $words --out "$tmp/left"
done
! [ -e "$tmp/left" ]
ok $? "... and no folder is made for results"
VMPROOF_BUILD=$built VMPROOF_DRIVERS=$fakes

for topic in '' run vectors list report verdicts exit-codes; do
	vmproof help $topic
	is "$status $(wc -c <"$tmp/stderr")" "0 0" "help $topic"
done
vmproof list
is "$status" 0 "list"
vmproof list --cases --group alu --filter '*/f1/*'
is "$(wc -l <"$tmp/stdout")" 4 "list --group --filter"
vmproof list --json --not-group alu,stack
is "$(jq -s -c 'map(.group) | unique' "$tmp/stdout")" '["string"]' "list --json --not-group"

run_fakes good --dry-run --batch 5
is "$(grep -c ': [0-9]* cases$' "$tmp/stdout")" 6 "--dry-run --batch: six VMs of at most five cases"
run_fakes good alu/add/f1/pm32/c1
is "$(tail -n 1 "$tmp/stdout")" "1 passed, 0 failed, 0 skipped" "a case id as a word"
run_fakes good --shuffle=7 --batch 3 -v
cp "$tmp/stdout" "$tmp/first"
is "$(tail -n 1 "$tmp/stdout")" "24 passed, 0 failed, 0 skipped" "--shuffle"
echo '3 wrong' | fake bad
run_fakes bad
run_fakes bad --rerun-failed -q
is "$(tail -n 1 "$tmp/stdout")" "0 passed, 1 failed, 0 skipped" "--rerun-failed runs what failed"
printf '1 crash\n' | fake bad
run_fakes bad --fail-fast --jobs 1 --rerun-max 0
is "$status $(grep -c '^interrupted' "$tmp/stdout")" "1 0" "--fail-fast"

# A VMM that is not here, alone and as the reference.
cat >"$fakes/gone" <<EOT
#!/bin/sh
DRIVER_NAME=gone FAKE_MISSING=1 exec "$harness/vmm.d/fake" "\$@"
EOT
chmod +x "$fakes/gone"
run_fakes good,gone
is "$status $(grep -c '^skip: gone: ' "$tmp/stdout")" "0 1" "a missing VMM is a skip with a reason"
is "$(tail -n 1 "$tmp/stdout")" "24 passed, 0 failed, 1 skipped" "... and counted"
run_fakes gone
is "$status" 77 "nothing ran: 77"
vmproof run --vmm good --reference gone --out "$tmp/out" --no-report
is "$status $(tail -n 1 "$tmp/stdout")" "77 0 passed, 0 failed, 1 skipped" "no reference: nobody is judged"
fake other </dev/null
run_fakes other --media disk
is "$status $(grep -c 'skip: other: it cannot boot the medium' "$tmp/stdout")" "77 1" "a medium that it cannot boot"
finish
