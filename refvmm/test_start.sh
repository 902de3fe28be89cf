#!/bin/sh
# SPDX-License-Identifier: MIT
# Boot paths and power-off from the guest's side: kernels of our own look at how
# they were started and say so.  refvmm must print the expected text under both
# firmwares, and so must QEMU where it is here: the expectations are not only ours.
#
#   refvmm/test_start.sh BUILD
set -u
build=${1-build}
out=$build/vmm/boot
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT INT TERM
passed=0 failed=0 skipped=0
printf 'first!' >"$tmp/one"
printf 'second' >"$tmp/two"

# run_on VMM OPTION...: the console to $tmp/got, sets status.
run_on() {
	vmm=$1
	shift
	case $vmm in
	refvmm-seabios)
		"$build/refvmm" -m 64 --limit-time 60 --debugcon "file:$tmp/got" "$@"
		;;
	refvmm-bochsbios)
		"$build/refvmm" -m 64 --limit-time 60 --debugcon "file:$tmp/got" \
			--bios /usr/share/bochs/BIOS-bochs-latest "$@"
		;;
	refvmm-bare)
		"$build/refvmm" -m 64 --limit-time 60 --debugcon "file:$tmp/got" \
			--bios none "$@"
		;;
	qemu)
		timeout 60 qemu-system-i386 -accel tcg -M pc -m 64 -display none -no-reboot \
			-serial null -monitor none -debugcon "file:$tmp/got" \
			-device isa-debug-exit,iobase=0xf4,iosize=4 "$@"
		;;
	esac >"$tmp/err" 2>&1
	status=$?
}

# check NAME VMM STATUS OPTION...: run and compare with $tmp/want.
check() {
	name=$1 vmm=$2 want=$3
	shift 3
	case $vmm in
	qemu) program=qemu-system-i386 ;;
	*) program=$build/refvmm ;;
	esac
	if ! command -v "$program" >/dev/null; then
		echo "SKIP $name $vmm: $program is not installed"
		skipped=$((skipped + 1))
		return
	fi
	rm -f "$tmp/got"
	run_on "$vmm" "$@"
	if [ "$status" -eq "$want" ] && cmp -s "$tmp/want" "$tmp/got"; then
		passed=$((passed + 1))
	elif [ "$status" -eq 6 ] && [ "$vmm" != qemu ]; then
		echo "SKIP $name $vmm: $(cat "$tmp/err")"
		skipped=$((skipped + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $name $vmm: status $status (want $want), $(cat "$tmp/err")"
		diff "$tmp/want" "$tmp/got"
	fi
}

# Linux boot protocols: setup code in the last segment or at 10000h, heap flag.
linux() {
	cat >"$tmp/want" <<-END
		segments agree
		loaded at 
		$2
		stack 
		$3
		flags 
		$4
		kernel 
		the kernel proper
		command line 
		some words
		initrd size 
		0006
		initrd 
		first!
		low memory 
		027F
		DONE
	END
	for vmm in refvmm-seabios refvmm-bochsbios qemu; do
		check "linux-$1" "$vmm" 1 -kernel "$out/linux-$1.bin" \
			-append 'some words' -initrd "$tmp/one"
	done
}
linux 206 1000 FFF0 0081
linux 200 9000 9FE0 0001
linux zimage 9000 9FE0 0080

cat >"$tmp/want" <<END
state
some words
first!a,b
secondlower
0000027F
DONE
END
for vmm in refvmm-seabios refvmm-bochsbios refvmm-bare qemu; do
	check multiboot "$vmm" 1 -kernel "$out/multiboot.bin" -append 'some words' \
		-initrd "$tmp/one a,,b,$tmp/two"
done

printf 'FADT\nS5\nACPI mode\ntimer\n' >"$tmp/want"
for vmm in refvmm-seabios refvmm-bochsbios qemu; do
	check acpi-off "$vmm" 0 -kernel "$out/acpi_off.bin"
done

printf AB >"$tmp/want"
for vmm in refvmm-seabios refvmm-bochsbios qemu; do
	case $vmm in
	qemu) set -- -drive "if=floppy,format=raw,file=$out/apm_off.img" ;;
	*) set -- --floppy "$out/apm_off.img,ro" ;;
	esac
	check apm-off "$vmm" 0 "$@"
done

# An output that is full: one line for it, behind the verdict on the machine.
for words in --screenshot=/dev/full --trace=exec=/dev/full; do
	"$build/refvmm" --kernel "$out/acpi_off.bin" "$words" --limit-units 1000 >"$tmp/got" 2>"$tmp/err"
	status=$?
	printf "refvmm: --limit-units reached\nrefvmm: %s: cannot write '/dev/full': No space left on device\n" \
		"${words%%=*}" >"$tmp/want"
	if [ $status -eq 12 ] && cmp -s "$tmp/want" "$tmp/err"; then
		passed=$((passed + 1))
	elif [ $status -eq 6 ]; then
		echo "SKIP full ${words%%=*}: $(cat "$tmp/err")"
		skipped=$((skipped + 1))
	else
		failed=$((failed + 1))
		echo "FAIL full ${words%%=*}: status $status, $(cat "$tmp/err")"
	fi
done

echo "check-start: $passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
