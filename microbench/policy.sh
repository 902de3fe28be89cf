#!/bin/sh
# SPDX-License-Identifier: MIT
# The study behind docs/mmu-policy.md: record profiles of guests, replay the policies
# of the window on them with what this host's primitives cost, draw.
#
# usage: policy.sh BUILD OUT
#   writes OUT/mmu-policy.tsv, OUT/mmu-policy.costs and OUT/img/mmu-policy.svg
# Guests are those of guests/cache (or VMPROOF_GUESTS), made by guests/prepare; one
# that is not there is left out and named.  PROFILES=DIR keeps the profiles, and
# takes those that are already there (half a gigabyte).
# Exit: 0 done, 2 bad usage, 3 something is missing or failed.
set -eu
here=$(dirname "$0")

fail() {
	code=$1
	shift
	echo "policy.sh: $*" >&2
	exit "$code"
}

[ $# -eq 2 ] || fail 2 "usage: policy.sh BUILD OUT"
build=$1
out=$2
cache=${VMPROOF_GUESTS:-$here/../guests/cache}
for tool in cpio gnuplot; do
	command -v "$tool" >/dev/null || fail 3 "no $tool"
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
profiles=${PROFILES:-$scratch/profiles}
mkdir -p "$profiles" "$out/img"

record() { # NAME OPTION...
	name=$1
	shift
	echo "recording $name" >&2
	"$build/refvmm" --cpu n270 --display none --no-reboot --limit-time 1800 \
		--trace "mem=$scratch/new" "$@" >/dev/null || fail 3 "$name ended with $?"
	mv "$scratch/new" "$profiles/$name"
}

# The work script of linux-686 with one of its parts, or none.
part() { # NAME PART
	[ ! -e "$profiles/$1" ] || return 0
	[ -e "$cache/linux-686/vmlinuz" ] || {
		echo "no $cache/linux-686: $1 is left out" >&2
		return 0
	}
	rm -rf "$scratch/root"
	mkdir "$scratch/root"
	zcat "$cache/linux-686/initrd.gz" | (cd "$scratch/root" && cpio -id --quiet)
	sed -i "/^part /{/^part $2\$/!d}" "$scratch/root/init"
	(cd "$scratch/root" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) |
		gzip -1 >"$scratch/initrd.gz"
	record "$1" --memory 128M --kernel "$cache/linux-686/vmlinuz" \
		--initrd "$scratch/initrd.gz" --append 'console=ttyS0 panic=-1'
}

part boot none
part forks forks
part ping-pong pingpong
part pipe data
if [ -e "$profiles/gcc" ]; then
	:
elif [ -e "$cache/rootfs/disk.img" ]; then
	record gcc --memory 256M --disk "$cache/rootfs/disk.img,snapshot" --boot c
else
	echo "no $cache/rootfs: gcc is left out" >&2
fi

set --
for name in boot forks ping-pong pipe gcc; do
	[ ! -e "$profiles/$name" ] || set -- "$@" "$profiles/$name"
done
[ $# -gt 0 ] || fail 3 "no profile (see guests/prepare)"

# The middle of three measurements of each cost.
{
	"$build/microbench/replay" --costs
	"$build/microbench/replay" --costs
	"$build/microbench/replay" --costs
} | sort -k1,1 -k2,2n | awk 'NR % 3 == 2' >"$scratch/costs"
"$build/microbench/replay" "$scratch/costs" "$@" >"$scratch/study"
cp "$scratch/costs" "$out/mmu-policy.costs"
cp "$scratch/study" "$out/mmu-policy.tsv"
gnuplot -e "table='$scratch/study'; out='$out/img/mmu-policy.svg'" "$here/policy.gp" ||
	fail 3 "gnuplot failed"
