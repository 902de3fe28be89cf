# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Shared by the drivers in harness/vmm.d.  The contract of a driver (README.md):
#
#   NAME caps                      one JSON object; exit 77 and a reason on
#                                  stderr when the VMM is not on this machine
#   NAME version                   one line
#   NAME run KIND:FILE OUT LIMIT   boot the medium (KIND floppy, disk,
#                                  multiboot, iso, vhd or vmdk), leave
#                                  the raw channel files and
#                                  driver.json in OUT; LIMIT in seconds of
#                                  the VMM's processor time
#
#   NAME boot SPEC OUT LIMIT       boot what SPEC says (lib/driver.sh, spec_get)
#                                  under bootwatch; only where caps has "boot"
#
# A driver never judges what the guest said.  Exit of run and boot: 0 the VMM ran, 2
# usage, 3 it could not be run, 77 it is not on this machine, 130 interrupted.

# A driver that is another one with options set gives itself DRIVER_NAME.
driver_name=${DRIVER_NAME:-$(basename "$0")}
harness=$(cd "$(dirname "$0")/.." && pwd)
top=$(cd "$harness/.." && pwd)
: "${VMPROOF_BUILD:=$top/build}"

driver_die() { # CODE MESSAGE
	echo "$driver_name: $2" >&2
	exit "$1"
}

# The VMM's program must be there: NAME is a command or a path.
driver_need() { # PROGRAM REASON
	command -v "$1" >/dev/null 2>&1 || driver_die 77 "$2"
}

# The first line that a command prints.
driver_first_line() {
	"$@" 2>&1 | head -n 1
}

# Parse `run`'s arguments into kind, image, out, limit; make OUT empty.
driver_run_args() { # KINDS MEDIA OUT LIMIT
	[ $# -eq 4 ] || driver_die 2 "usage: $driver_name run KIND:FILE OUT LIMIT"
	kind=${2%%:*}
	image=${2#*:}
	out=$3
	limit=$4
	case " $1 " in
	*" $kind "*) ;;
	*) driver_die 2 "medium '$kind' is not one of: $1" ;;
	esac
	[ -r "$image" ] || driver_die 2 "cannot read '$image'"
	image=$(realpath "$image")
	case $limit in
	'' | *[!0-9.]*) driver_die 2 "LIMIT '$limit' is not a number of seconds" ;;
	esac
	rm -rf "$out"
	mkdir -p "$out" || driver_die 3 "cannot make '$out'"
	out=$(realpath "$out")
}

# The guest answers on the disk that it boots from: give it a copy, which is $image
# from now on; watch --area "$image" "$out/disk.raw" follows what it says.
driver_disk() { # NAME-OF-COPY
	cp --sparse=always "$image" "$out/$1" || driver_die 3 "cannot copy '$image'"
	image=$out/$1
}

# Device cases (VMPROOF_DEVICES=yes) want a PC with all that it can have: beside the medium
# an IDE disk, a CD-ROM in the second channel, and no end of the run at a reset.
driver_devices() { # makes spare.img and spare.iso; false: not asked for
	[ "${VMPROOF_DEVICES-}" = yes ] || return 1
	truncate -s 4128768 "$out/spare.img" && head -c 131072 "$image" >"$out/spare.iso" ||
		driver_die 3 "cannot write in '$out'"
}

# Is there no disk, or no CD-ROM, beside the spare ones?
driver_lacks() { # disk|cd
	case $1:$kind in
	disk:disk | disk:vhd | disk:vmdk | cd:iso) return 1 ;;
	esac
}

# Run the VMM under watch(1 of harness); options of watch come first.
driver_watch() { # WATCH-OPTION... -- COMMAND ARG...
	exec "$VMPROOF_BUILD/harness/watch" --json "$out/driver.json" --limit "$limit" \
		--idle "${VMPROOF_IDLE:-$limit}" --stderr "$out/stderr" --dir "$out" \
		--string vmm "$driver_name" --string kind "$kind" --string media "$image" "$@"
}

# The same where the driver has to clean up behind the VMM, by a trap on EXIT.
driver_watched() { # WATCH-OPTION... -- COMMAND ARG...
	trap : INT TERM HUP # watch gets them, too, and ends
	(driver_watch "$@")
	exit
}

# Parse `boot`'s arguments into spec, out, limit and kind; make OUT empty.
driver_boot_args() { # SPEC OUT LIMIT
	[ $# -eq 3 ] || driver_die 2 "usage: $driver_name boot SPEC OUT LIMIT"
	spec=$1 out=$2 limit=$3
	[ -r "$spec" ] || driver_die 2 "cannot read '$spec'"
	kind=$(spec_get kind)
	rm -rf "$out"
	mkdir -p "$out" || driver_die 3 "cannot make '$out'"
	out=$(realpath "$out")
}

# A value of the specification, KEY=VALUE lines: kind (linux, multiboot, cdrom,
# floppy, disk, bios), the file of that kind, disk2, initrd, append, bios, vgabios,
# scratch (MiB of an empty first disk), write (the disk is changed), cpu,
# memory (MiB), sample (seconds between samples), scenario (for bootwatch).
spec_get() { # KEY
	sed -n "s/^$1=//p" "$spec" | head -n 1
}

# The first IDE disk, if there is one: a private copy where it may be written.
spec_disk() { # always|written: which disks are copied
	if [ -n "$(spec_get scratch)" ]; then
		truncate -s "$(spec_get scratch)M" "$out/scratch.img" || driver_die 3 "cannot write in '$out'"
		echo "$out/scratch.img"
	elif [ "$kind" = disk ]; then
		if [ "$1" = always ] || [ "$(spec_get write)" = yes ]; then
			cp --sparse=always "$(spec_get disk)" "$out/disk.img" || driver_die 3 "cannot copy the disk"
			echo "$out/disk.img"
		else
			spec_get disk
		fi
	fi
}

# Run the VMM under bootwatch; its options come first.
driver_bootwatch() { # OPTION... -- COMMAND ARG...
	v=$(spec_get sample)
	[ -z "$v" ] || set -- --every "$v" "$@"
	exec "$VMPROOF_BUILD/harness/bootwatch" --samples "$out/samples.jsonl" --json "$out/driver.json" --limit "$limit" \
		--scenario "$(spec_get scenario)" --stderr "$out/stderr" --dir "$out" \
		--serial "$out/serial.raw" --screen "$out/screen.txt" --string vmm "$driver_name" \
		--string kind "$kind" "$@"
}

driver_main() { # ARG...: caps, version, run and boot are functions of the driver
	case ${1-} in
	caps) driver_caps ;;
	version) driver_version ;;
	run)
		shift
		driver_run "$@"
		;;
	boot)
		command -v driver_boot >/dev/null || driver_die 2 "this VMM boots no guests"
		shift
		driver_boot "$@"
		;;
	*) driver_die 2 "usage: $driver_name caps | version | run KIND:FILE OUT LIMIT | boot SPEC OUT LIMIT" ;;
	esac
}
