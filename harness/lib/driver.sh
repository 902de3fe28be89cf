# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Shared by the drivers in harness/vmm.d.  The contract of a driver (README.md):
#
#   NAME caps                      one JSON object; exit 77 and a reason on
#                                  stderr when the VMM is not on this machine
#   NAME version                   one line
#   NAME run KIND:FILE OUT LIMIT   boot the medium (KIND floppy, disk or
#                                  multiboot), leave the raw channel files and
#                                  driver.json in OUT; LIMIT in seconds of
#                                  the VMM's processor time
#
# A driver never judges what the guest said.  Exit of run: 0 the VMM ran, 2
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

# Run the VMM under watch(1 of harness); options of watch come first.
driver_watch() { # WATCH-OPTION... -- COMMAND ARG...
	exec "$VMPROOF_BUILD/harness/watch" --json "$out/driver.json" --limit "$limit" \
		--idle "${VMPROOF_IDLE:-$limit}" --stderr "$out/stderr" --dir "$out" \
		--string vmm "$driver_name" --string kind "$kind" --string media "$image" "$@"
}

driver_main() { # ARG...: caps, version and run are functions of the driver
	case ${1-} in
	caps) driver_caps ;;
	version) driver_version ;;
	run)
		shift
		driver_run "$@"
		;;
	*) driver_die 2 "usage: $driver_name caps | version | run KIND:FILE OUT LIMIT" ;;
	esac
}
