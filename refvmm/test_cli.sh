#!/bin/sh
# SPDX-License-Identifier: MIT
# The command line from outside: every bad input is one clear line, the documented
# exit code, and an untouched folder.  Usage: test_cli.sh PATH-TO-REFVMM-CLI
set -u
refvmm=$(realpath "$1")
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
passed=0
failed=0

verdict() { # OK-STATUS NAME
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL: $2"
	fi
}

snapshot() {
	find . -type f ! -path './.t/*' -exec cksum {} + | sort
}

# refuses CODE LINE ARGUMENT...: LINE is all of stderr, stdout is empty, no file
# appears or changes.
refuses() {
	code=$1 line=$2
	shift 2
	snapshot >.t/before
	"$refvmm" "$@" >.t/out 2>.t/err </dev/null
	got=$?
	printf '%s\n' "$line" >.t/want
	snapshot >.t/after
	ok=0
	[ "$got" -eq "$code" ] && cmp -s .t/want .t/err && [ ! -s .t/out ] &&
		cmp -s .t/before .t/after || ok=1
	verdict $ok "refvmm $*: exit $got (want $code), stderr: $(cat .t/err)"
}

# runs CODE PATTERN ARGUMENT...: stdout has a line matching PATTERN, stderr is empty.
runs() {
	code=$1 pattern=$2
	shift 2
	"$refvmm" "$@" >.t/out 2>.t/err </dev/null
	got=$?
	ok=0
	[ "$got" -eq "$code" ] && grep -q -e "$pattern" .t/out && [ ! -s .t/err ] || ok=1
	verdict $ok "refvmm $*: exit $got (want $code), stdout: $(cat .t/out .t/err)"
}

holds() { # NAME FILE TEXT: the file has exactly this text
	ok=0
	[ "$(cat "$2")" = "$3" ] || ok=1
	verdict $ok "$1: $2 has '$(cat "$2")'"
}

zeros() { # FILE BYTES
	head -c "$2" /dev/zero >"$1"
}

mkdir .t folder
: >empty
zeros floppy.img 1474560
zeros odd.img 1000
zeros big.img 3000320
zeros half.bios 1000
zeros blank.bios 65536
printf 'some text, no ROM' >text
echo old >kept
mkfifo fifo

# Usage
refuses 2 "refvmm: --nonsense: unknown option (see refvmm --help)" --nonsense
refuses 2 "refvmm: --nonsense: unknown option (see refvmm --help)" --nonsense=3
refuses 2 "refvmm: --mem: unknown option (see refvmm --help)" --mem 64
refuses 2 "refvmm: -x: unknown option (see refvmm --help)" -x
refuses 2 "refvmm: --memory: needs a value" --memory
refuses 2 "refvmm: --serial: needs a value" --serial ''
refuses 2 "refvmm: --no-reboot: takes no value" --no-reboot=yes
refuses 2 "refvmm: 'floppy.img' is no option (images are given with --floppy, --disk, --cdrom or --kernel)" floppy.img
refuses 2 "refvmm: --memory: given twice" -m 64 --memory 64
refuses 2 "refvmm: --memory: 'lots' is no size (try 64M)" -m lots
refuses 2 "refvmm: --memory: '-5' is no size (try 64M)" --memory=-5
refuses 2 "refvmm: --memory: '64X' has an unknown suffix (K, M or G)" -m 64X
refuses 2 "refvmm: --memory: '64MB' has an unknown suffix (K, M or G)" -m 64MB
refuses 2 "refvmm: --memory: '15M' is outside 16M to 2G" -m 15M
refuses 2 "refvmm: --memory: '3G' is outside 16M to 2G" -m 3G
refuses 2 "refvmm: --memory: '99999999999999999999' is no size (try 64M)" -m 99999999999999999999
refuses 2 "refvmm: --memory: '18446744073709551615G' is outside 16M to 2G" -m 18446744073709551615G
refuses 2 "refvmm: --memory: '16385K' is not a multiple of 1M" -m 16385K
refuses 2 "refvmm: --page0: unknown mode 'none' (see --page0 help)" --page0 none
refuses 2 "refvmm: --floppy: unknown sub-option 'snapshot'" --floppy floppy.img,snapshot
refuses 2 "refvmm: --disk: unknown sub-option 'rw'" --disk floppy.img,rw
refuses 2 "refvmm: --disk: unknown sub-option ''" --disk floppy.img,
refuses 2 "refvmm: --disk: ro and snapshot exclude each other" --disk floppy.img,ro,snapshot
refuses 2 "refvmm: --disk: ',ro' names no file" --disk ,ro
refuses 2 "refvmm: --boot: 'x' is no order of a, c and d" --boot x
refuses 2 "refvmm: --boot: 'aa' is no order of a, c and d" --boot aa
refuses 2 "refvmm: --serial: cannot connect to 'tcp:80' (see \`help\` as value)" --serial tcp:80
refuses 2 "refvmm: --serial: cannot connect to 'file:' (see \`help\` as value)" --serial file:
refuses 2 "refvmm: --biosdebug: cannot connect to 'stdio' (see \`help\` as value)" --biosdebug stdio
refuses 2 "refvmm: --display: unknown kind 'sdl' (see --display help)" --display sdl
refuses 2 "refvmm: --type: no key is called 'f13'" --type '{f13}'
refuses 2 "refvmm: --control: cannot take orders from 'tcp:1' (see --control help)" --control tcp:1
refuses 4 "refvmm: --control: cannot open 'none': No such file or directory" --control fifo:none
refuses 4 "refvmm: --control: 'text' is no FIFO" --control fifo:text
refuses 16 "refvmm: --control: cannot create 'text': Address already in use" --control unix:text
refuses 16 "refvmm: --screenshot: cannot write 'folder': Is a directory" --screenshot folder
refuses 2 "refvmm: --limit-time: 'soon' is no number of seconds" --limit-time soon
refuses 2 "refvmm: --limit-time: '1e3' is no number of seconds" --limit-time 1e3
refuses 2 "refvmm: --limit-time: '0.0' leaves no time at all" --limit-time 0.0
refuses 2 "refvmm: --limit-units: '0' is no count of units" --limit-units 0
refuses 2 "refvmm: --cache: '15' is outside 16 to 65536 KiB" --cache 15
refuses 2 "refvmm: --cache: '16K' is outside 16 to 65536 KiB" --cache 16K
refuses 2 "refvmm: --stats: unknown format 'xml' (see --stats help)" --stats xml
refuses 2 "refvmm: --stats: 'json:' names no file" --stats json:
refuses 2 "refvmm: --trace: 'exec' names no file (LIST=PATH)" --trace exec
refuses 2 "refvmm: --trace: unknown event 'mmu'" --trace exec,mmu=trace
refuses 2 "refvmm: --trace: '=x' lists no events" --trace =x
refuses 2 "refvmm: --trace: 'io' is traced twice" --trace io=x --trace int,io=y
refuses 2 "refvmm: --gdb: cannot listen at 'tcp:' (see --gdb help)" --gdb tcp:
refuses 2 "refvmm: --gdb: cannot listen at 'tcp:0' (see --gdb help)" --gdb tcp:0
refuses 2 "refvmm: --gdb: cannot listen at 'tcp:65536' (see --gdb help)" --gdb tcp:65536
refuses 2 "refvmm: --gdb: cannot listen at 'unix:' (see --gdb help)" --gdb unix:
refuses 2 "refvmm: --gdb: stdio is already used by --serial" --serial stdio --gdb stdio
refuses 2 "refvmm: --display: text conflicts with --gdb stdio" --gdb stdio --display text
refuses 2 "refvmm: --append: needs --kernel" --append quiet
refuses 2 "refvmm: --initrd: needs --kernel" --initrd text
refuses 2 "refvmm: --bios: none needs --kernel" --bios none
refuses 2 "refvmm: --boot: conflicts with --kernel" --kernel text --boot a
refuses 2 "refvmm: --debugcon: stdio is already used by --serial" --serial stdio --debugcon stdio
refuses 2 "refvmm: --display: text conflicts with --serial stdio" --serial stdio --display text
refuses 2 "refvmm: --disk: 'floppy.img' is also an output" --disk floppy.img --serial file:floppy.img

# Input files
refuses 4 "refvmm: --disk: cannot open 'x.img': No such file or directory" --disk x.img
refuses 4 "refvmm: --disk: cannot open 'a?b': No such file or directory" --disk "$(printf 'a\nb')"
refuses 4 "refvmm: --disk: cannot open 'folder': Is a directory" --disk folder
refuses 4 "refvmm: --disk: cannot open 'folder': Is a directory" --disk folder,ro
refuses 4 "refvmm: --disk: 'empty' is empty" --disk empty
refuses 4 "refvmm: --disk: 'odd.img' has 1000 bytes, not a multiple of 512: truncated?" --disk odd.img
refuses 4 "refvmm: --disk: 'fifo' is neither a file nor a block device" --disk fifo,ro
refuses 4 "refvmm: --disk: '/dev/null' is neither a file nor a block device" --disk /dev/null
refuses 4 "refvmm: --floppy: cannot open 'folder': Is a directory" --floppy folder,ro
refuses 4 "refvmm: --cdrom: cannot open 'floppy.img,ro': No such file or directory" --cdrom floppy.img,ro
refuses 4 "refvmm: --floppy: 'big.img' has 5860 sectors, the drive takes at most 5760" --floppy big.img
refuses 4 "refvmm: --disk: 'floppy.img' is in use by another virtual machine" \
	--floppy floppy.img --disk floppy.img
refuses 4 "refvmm: --bios: cannot open 'nothing': No such file or directory" --bios nothing
refuses 4 "refvmm: --bios: cannot open 'folder': Is a directory" --bios folder
refuses 4 "refvmm: --bios: 'fifo' is not a regular file" --bios fifo
refuses 4 "refvmm: --bios: 'half.bios' has 1000 bytes, not a multiple of 64 KiB" --bios half.bios
refuses 4 "refvmm: --bios: 'blank.bios' has no code at the reset vector" --bios blank.bios
refuses 4 "refvmm: --bios: 'floppy.img' has 1474560 bytes, at most 262144 can be used" --bios floppy.img
refuses 4 "refvmm: --vgabios: 'text' has no option ROM signature" --vgabios text
refuses 4 "refvmm: --kernel: cannot open 'nothing': No such file or directory" --kernel nothing
refuses 4 "refvmm: --kernel: 'text' is no Linux kernel and has no Multiboot 1 header in its first 8 KiB" --kernel text
refuses 4 "refvmm: --kernel: 'empty' is empty" --kernel empty
refuses 4 "refvmm: --kernel: '$refvmm' is an ELF file, but has no Multiboot 1 header in its first 8 KiB" --kernel "$refvmm"
# A refused input comes before any output is created or emptied.
refuses 4 "refvmm: --disk: cannot open 'x.img': No such file or directory" \
	--serial file:kept --debugcon file:new --disk x.img

# Outputs
refuses 16 "refvmm: --serial: cannot write 'no/where': No such file or directory" --serial file:no/where
refuses 16 "refvmm: --serial: cannot write 'folder': Is a directory" --serial file:folder
refuses 16 "refvmm: --gdb: cannot listen on 'unix:no/where': No such file or directory" --gdb unix:no/where
refuses 16 "refvmm: --stats: cannot write 'no/where': No such file or directory" \
	--serial file:kept --debugcon file:new --stats json:no/where
refuses 16 "refvmm: --trace: cannot write 'no/where': No such file or directory" \
	--debugcon file:new --trace int=new2 --trace exec=no/where
"$refvmm" --serial file:/dev/full >/dev/null 2>.t/err
got=$?
ok=0
[ $got -eq 16 ] || ok=1
verdict $ok "serial to a full device: exit $got"
holds "serial to a full device" .t/err "refvmm: --serial: cannot write '/dev/full': No space left on device"
for words in --help --version "--display help" "--stats json"; do
	# shellcheck disable=SC2086 # words
	"$refvmm" $words >/dev/full 2>.t/err
	got=$?
	ok=0
	[ $got -eq 16 ] && [ "$(wc -l <.t/err)" -eq 1 ] || ok=1
	verdict $ok "$words to a full stdout: exit $got, $(cat .t/err)"
done

# What works
runs 0 '^usage: refvmm' --help
runs 0 '^usage: refvmm' -h
runs 0 '^refvmm [0-9]*\.[0-9]*\.[0-9]* ' --version
runs 0 '^refvmm [0-9]*\.[0-9]*\.[0-9]* ' -V
for option in page0 bios initrd floppy disk disk2 boot serial debugcon biosdebug display stats trace \
	vgabios control gdb; do
	runs 0 "^values of --$option:" "--$option" help
	runs 0 "^values of --$option:" "-$option=help"
done
runs 0 '^memory 67108864 bios 131072 vgabios [0-9]* boot acd limit 0 ns 0 units cache 0 page0 0 reboot 1$'
runs 0 '^memory 134217728 ' -m 128
runs 0 '^memory 134217728 ' -m128
runs 0 '^memory 134217728 ' --memory=131072K
runs 0 '^memory 2147483648 ' -memory 2G
runs 0 ' vgabios 0 ' -vgabios none
runs 0 ' boot ca ' -boot ca
runs 0 ' limit 1500000000 ns 77 units cache 32768 page0 2 reboot 0$' \
	--limit-time 1.5 --limit-units 77 --cache 32 --page0 shift -no-reboot
runs 0 '^floppy 2880 sectors ro$' -fda floppy.img,ro
runs 0 '^disk 2880 sectors snapshot$' --disk floppy.img,snapshot
runs 0 '^disk 2880 sectors ro$' --floppy floppy.img,ro -hda floppy.img,ro
runs 0 '^disk2 5860 sectors ro$' -hdb big.img,ro
runs 0 '^cdrom 2880 sectors ro$' -cdrom floppy.img
runs 0 '^serial$' -serial stdio -display none
runs 0 '^Booting$' --display text
runs 0 '^{"units":1}$' --stats json
runs 0 '^memory' --serial file:kept --debugcon file:new --biosdebug file:new --stats json:s \
	--trace exec,io=t --trace bt=u
holds "an output is emptied first" kept serial
holds "two consoles in one file" new "debugcon
biosdebug"
holds "counters in a file" s '{"units":1}'
holds "events in a file" t "trace 0
trace 2"
holds "events in another file" u "trace 3"
cat fifo >from-fifo &
reader=$!
runs 0 '^memory' --serial file:fifo
wait $reader
holds "a FIFO" from-fifo serial
"$refvmm" --help | head -n 1 >/dev/null
runs 0 '^modify_ldt ' --check-host

# A kernel: Multiboot header with addresses, then HLT.
printf '\002\260\255\033\000\000\001\000\376\117\121\344' >kernel
printf '\000\000\020\000\000\000\020\000\000\000\000\000\000\000\000\000\040\000\020\000\364' >>kernel
runs 0 '^kernel eip 0x100020 eax 0x2badb002$' -kernel kernel
runs 45 '^memory' --kernel kernel --append 45
runs 10 '^memory' --kernel kernel --append 10
# Lost output outweighs the verdict of the guest, not that of the machine.
for pair in 45:16 0:16 10:10; do
	"$refvmm" --kernel kernel --append "${pair%:*}" --serial file:/dev/full >.t/out 2>.t/err
	got=$?
	ok=0
	[ $got -eq "${pair#*:}" ] || ok=1
	verdict $ok "lost output and code ${pair%:*}: exit $got"
done

echo "check-cli: $passed passed, $failed failed"
[ $failed -eq 0 ]
