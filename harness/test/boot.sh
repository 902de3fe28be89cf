#!/bin/sh
# SPDX-License-Identifier: MIT
# `vmproof boot` with scripted VMMs: every verdict, keys, work that differs,
# manifests and options that are wrong.
set -u
# shellcheck source=harness/test/lib.sh
. "$(dirname "$0")/lib.sh"
use_fakes
fake second </dev/null
VMPROOF_LOCAL=$tmp/local
VMPROOF_GUESTS=$tmp/cache
export VMPROOF_LOCAL VMPROOF_GUESTS
mkdir -p "$VMPROOF_LOCAL"

guest() { # NAME LINE...: a guest whose script is stdin
	name=$1
	shift
	cat >"$VMPROOF_LOCAL/$name.sh"
	{
		printf 'name=%s\nfloppy=%s.sh\nseconds=1\n' "$name" "$name"
		for line; do echo "$line"; done
	} >"$VMPROOF_LOCAL/$name.manifest"
}
boot() { # GUEST[,GUEST] OPTION...
	g=$1
	shift
	vmproof boot --vmm good --guest "$g" --out "$tmp/boot" --no-report "$@"
}
result() { # GUEST [VMM]
	jq -r --arg g "$1" --arg v "${2-good}" '.cells[] | select(.guest == $g and .vmm == $v) |
		"\(.verdict) \(.reason // "")"' "$tmp/boot/digest.json"
}

guest t-pass 'milestone=one serial ^first$' 'milestone=two serial ^second' 'milestone=three screen READY' <<'X'
printf 'first\r\n' >"$1/serial.raw"
sleep 0.2
echo second >>"$1/serial.raw"
echo 'all READY now' >"$1/screen"
sleep 100
X
boot t-pass
is "$status $(tail -n 1 "$tmp/stdout")" "0 1 passed, 0 failed, 0 skipped" "milestones on serial and screen"
is "$(jq -r '[.milestones[] | .name] | join(" ")' "$tmp/boot/boot.jsonl")" "one two three" "... in order"
is "$(jq -r '.milestones | (.[1].ns > .[0].ns) and (.[0].ns > 0)' "$tmp/boot/boot.jsonl")" true "... each with its time"
is "$(cat "$tmp/boot/t-pass/good/1/screen.txt")" "all READY now" "the screen is stored"

guest t-order 'milestone=one serial ^first$' 'milestone=two serial ^second$' <<'X'
printf 'second\nfirst\n' >"$1/serial.raw"
X
boot t-order
is "$status $(result t-order)" "1 CRASH the VMM left with status 0 before two" "wrong order is no success"

guest t-fail 'milestone=one serial ^first$' 'milestone=two serial ^never' 'fail=serial panic|oops' <<'X'
printf 'first\nkernel panic: no init\n' >"$1/serial.raw"
sleep 100
X
boot t-fail
is "$status $(result t-fail)" "1 FAIL serial says: kernel panic: no init" "a failure text"

guest t-hang 'milestone=one serial ^first$' <<'X'
sleep 100
X
boot t-hang --timeout-scale 0.2
is "$status $(result t-hang)" "1 TIMEOUT no one within 0.2 s" "no milestone"

guest t-stay 'milestone=one serial ^first$' end=exit <<'X'
echo first >"$1/serial.raw"
sleep 100
X
boot t-stay --timeout-scale 0.2
is "$(result t-stay)" "TIMEOUT all milestones reached, but the VMM does not leave" "end=exit"

guest t-signal 'milestone=one serial ^first$' <<'X'
echo bad thing >&2
kill -SEGV $$
X
boot t-signal
is "$(result t-signal)" "CRASH signal 11 before one: bad thing" "a VMM that dies"

guest t-keys 'milestone=menu screen MENU' 'keys=menu aB <down><enter>' 'milestone=done screen DONE' <<'X'
echo MENU >"$1/screen"
while ! grep -q '^ret$' "$1/screen.keys" 2>/dev/null; do sleep 0.05; done
tr '\n' ' ' <"$1/screen.keys" >"$1/debugcon.raw"
echo DONE >"$1/screen"
sleep 100
X
boot t-keys
is "$status $(cat "$tmp/boot/t-keys/good/1/debugcon.raw")" "0 a shift-b spc down ret " "keys are typed after their milestone"

guest t-lines 'expect=a (line)' 'expect=b*' <<'X'
printf '~~~\na (line)\nb*\n' >"$1/debugcon.raw"
X
boot t-lines
is "$status" 0 "expected lines are no regular expressions"
guest t-lines 'expect=a (line)' 'expect=b*' <<'X'
printf 'a (line)\nbb\n' >"$1/debugcon.raw"
X
boot t-lines
is "$status $(result t-lines)" "1 CRASH the VMM left with status 0 before line2" "... and must be there exactly"

guest t-work 'milestone=end serial ^END' end=exit work=WORK <<'X'
case $1 in */second/*) n=2 ;; *) n=1 ;; esac
printf 'time %s\nWORK sum %s\nEND\n' "$$" "$n" >"$1/serial.raw"
X
boot t-work --vmm good,second
is "$status $(result t-work second)" "1 FAIL differs from good: WORK sum 1|WORK sum 2|" "work that differs between VMMs"
is "$(result t-work)" "PASS " "... fails the later one"
boot t-work --vmm second
is "$status" 0 "one VMM has nobody to differ from"

guest t-output 'milestone=end serial ^DONE' end=exit 'output=READY DONE' <<'X'
case $1 in */second/*) n=$EXTRA ;; *) n='' ;; esac
printf '[    0.%s] log\r\nREADY\r\n[    1.%s] log\r\nresult\r\n%sDONE\r\n[    2.0] bye\r\n' "$$" "$$" "$n" >"$1/serial.raw"
X
EXTRA='' boot t-output --vmm good,second
is "$status $(tr '\n' ' ' <"$tmp/boot/t-output/second/1/work.txt")" "0 READY result DONE " "output between two lines, without the kernel's log"
EXTRA='more
' boot t-output --vmm good,second
is "$status $(result t-output second)" "1 FAIL differs from good: more|" "... must be the same on all VMMs"

guest t-flaky 'milestone=end serial ^END' end=exit <<'X'
case $1 in */2) exit 3 ;; esac
echo END >"$1/serial.raw"
X
boot t-flaky --repeat 3
is "$status $(result t-flaky | cut -d : -f 1)" "1 FLAKY PASS, CRASH, PASS" "--repeat: verdicts that differ"
is "$(wc -l <"$tmp/boot/boot.jsonl")" 3 "a line per boot"

guest t-marks 'milestone=x.begin serial ^B' 'milestone=x.end serial ^E' end=exit <<'X'
echo B >"$1/serial.raw"
sleep 0.3
echo E >>"$1/serial.raw"
X
boot t-marks
is "$(jq -r '.cells[0].parts[0] | "\(.name) \(.ns > 2e8)"' "$tmp/boot/digest.json")" "x true" "time between marks"

sum=$(printf '%064d' 0)
guest t-sha 'milestone=one serial ^first$' "sha256=floppy $sum" <<'X'
echo first >"$1/serial.raw"
X
boot t-sha
is "$status $(result t-sha | cut -c 1-28)" "1 LOST the sha256 of floppy is" "a file that is not what the manifest says"
guest t-picture 'milestone=one picture 640x480' </dev/null
boot t-picture
is "$status $(result t-picture)" "77 SKIP good draws no pictures" "what a VMM cannot do is a skip"
guest t-cd 'milestone=one serial x' </dev/null
sed -i 's/^floppy/cdrom/' "$VMPROOF_LOCAL/t-cd.manifest"
boot t-cd
is "$status $(result t-cd)" "77 SKIP good cannot boot from cdrom" "a medium that it does not take"
guest t-dir 'milestone=one serial x' </dev/null
sed -i "s,^floppy=.*,floppy=$tmp," "$VMPROOF_LOCAL/t-dir.manifest"
boot t-dir
is "$status $(result t-dir)" "1 LOST cannot read floppy file $tmp" "a folder is no file to boot"
guest t-meant 'milestone=one serial x' vmms=other </dev/null
boot t-meant
is "$status $(result t-meant all)" "77 SKIP meant for: other" "a guest for another VMM"
guest t-refuse 'milestone=one serial x' <<'X'
echo "fake: no such model" >&2
exit 44
X
boot t-refuse
is "$status $(result t-refuse)" "1 LOST the VMM refuses to start: fake: no such model" "a VMM that refuses its input"
boot t-pass --media disk
is "$status" 77 "--media"
vmproof boot --vmm good,gone --guest t-pass --out "$tmp/boot" --no-report
is "$status" 2 "a VMM without driver"

boot 't-pass,t-lines'
is "$(jq '.cells | length' "$tmp/boot/digest.json")" 2 "--guest A,B"
"$harness/lib/boothtml" "$tmp/boot" 2>"$tmp/err"
is "$? $(grep -c '<svg\|base64' "$tmp/boot/index.html")" "0 1" "a page with the chart"

refused() { # CODE TEXT WORD...
	code=$1 text=$2
	shift 2
	vmproof boot --vmm good --out "$tmp/boot" "$@"
	is "$status $(wc -l <"$tmp/stderr") $(grep -c -F -e "$text" "$tmp/stderr")" "$code 1 1" "refused: boot $* ($text)"
}
refused 2 "no guest 'nothing'" --guest nothing
refused 2 "unknown option '--x'" --x
vmproof boot --vmm "" --guest t-pass --out "$tmp/boot"
is "$status $(grep -c "names no VMM" "$tmp/stderr")" "2 1" "refused: no VMM"
refused 2 "--repeat '0' is not a positive number" --repeat 0
refused 2 "--media 'tape'" --media tape
refused 2 "--set 'large'" --set large
wrong() { # TEXT LINE...
	text=$1
	shift
	guest t-wrong "$@" </dev/null
	refused 2 "$text" t-pass t-wrong
	rm "$VMPROOF_LOCAL/t-wrong.manifest"
}
wrong 't-wrong.manifest:4: unknown key "colour"' colour=red 'milestone=a serial b'
wrong 'no milestone= and no expect=' title=nothing
wrong 'milestone=NAME serial' 'milestone=a printer b'
wrong '"memory" is not a positive number' memory=soon 'milestone=a serial b'
wrong 'not KEY=VALUE: what' what 'milestone=a serial b'
wrong '"name" is given twice' name=t-pass 'milestone=a serial b'
wrong "not a regular expression: '('" 'milestone=a serial ('
wrong "unknown key in '<foo>'" 'milestone=a serial b' 'keys=a <foo>'
wrong "keys after an unknown milestone 'b'" 'milestone=a serial b' 'keys=b x'
wrong "t-wrong.manifest:4: the line ends with a carriage return" "$(printf 'milestone=a serial b\r')"
wrong 'set is small or long' set=middle 'milestone=a serial b'
wrong 'write is yes' write=no 'milestone=a serial b'
wrong 'output=FROM TO' output=one 'milestone=a serial b'
wrong 'after=fsck SECTOR' after=fsck 'milestone=a serial b'
wrong '"flopy" names no file' "sha256=flopy $sum" 'milestone=a serial b'
wrong 'needs 64 hexadecimal digits' 'sha256=floppy 0000' 'milestone=a serial b'
wrong 'there is no disk=' "sha256=disk $sum" 'milestone=a serial b'
cp "$VMPROOF_LOCAL/t-pass.manifest" "$VMPROOF_LOCAL/t-twin.manifest"
refused 2 "two manifests are named 't-pass'" t-pass
rm "$VMPROOF_LOCAL/t-twin.manifest"
mkdir "$tmp/my guests"
cp "$VMPROOF_LOCAL"/t-pass.* "$tmp/my guests/"
VMPROOF_LOCAL="$tmp/my guests" vmproof boot --vmm good --guest t-pass --out "$tmp/my boots"
is "$status $(grep -c "<svg\\|base64" "$tmp/my boots/index.html")" "0 1" "folders with spaces in their names"
finish
