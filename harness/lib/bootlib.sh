# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
# Reading guests' manifests (docs/guests.md): KEY=VALUE lines.

: "${VMPROOF_GUESTS:=$top/guests/cache}"
export VMPROOF_GUESTS

BOOT_MEDIA='linux multiboot cdrom floppy disk'

# All manifests there are, one path per line.
manifest_files() {
	for m in "$top"/guests/bootsect/*.manifest "$top"/guests/kernel/*.manifest \
		"$top"/guests/corpus/*.manifest "${VMPROOF_LOCAL:-$top/guests/local.d}"/*.manifest; do
		[ ! -f "$m" ] || echo "$m"
	done
}

# One line on stderr and status 1 for the first thing that is wrong.
manifest_check() { # FILE
	awk -v media="$BOOT_MEDIA" '
	function bad(what) { printf "%s:%d: %s\n", FILENAME, FNR, what; wrong = 1; exit 1 }
	BEGIN {
		split(media " name title licence packages recipe initrd append bios vgabios scratch" \
			" memory cpu seconds milestone fail keys end expect work after vmms set" \
			" write sha256 note", k, " ")
		for (i in k) known[k[i]] = 1
		split(media, m, " ")
		for (i in m) medium[m[i]] = 1
	}
	/^#/ || /^$/ { next }
	!/=/ { bad("not KEY=VALUE: " $0) }
	{
		key = substr($0, 1, index($0, "=") - 1); value = substr($0, index($0, "=") + 1)
		base = key; sub(/\.[a-z0-9-]*$/, "", base)
		if (!(base in known)) bad("unknown key \"" key "\"")
		if (base != key && base !~ /^(seconds|milestone|fail|keys|end|memory)$/)
			bad("\"" base "\" cannot be given for one VMM")
		if (value == "") bad("\"" key "\" has no value")
		n[base]++
		if (++given[key] > 1 && base !~ /^(milestone|fail|keys|expect|sha256|note)$/) bad("\"" key "\" is given twice")
		if (base in medium) boots = 1
		if (base == "name" && value !~ /^[a-z0-9][a-z0-9.-]*$/) bad("name \"" value "\": lower case letters, digits, - and .")
		if (base ~ /^(seconds|memory|scratch)$/ && value !~ /^[1-9][0-9]*$/) bad("\"" key "\" is not a positive number")
		if (base == "end" && value != "exit" && value != "kill") bad("end is exit or kill")
		if (base == "milestone" && value !~ /^[^ ]+ (serial|debugcon|screen|picture) ./)
			bad("milestone=NAME serial|debugcon|screen|picture REGEX")
		if (base == "fail" && value !~ /^(serial|debugcon|screen|picture) ./)
			bad("fail=serial|debugcon|screen|picture REGEX")
	}
	END {
		if (wrong) exit 1
		FNR = 0
		if (!n["name"]) { bad("no name=") ; exit 1 }
		if (!boots && !n["bios"]) { bad("nothing to boot: one of " media " or bios"); exit 1 }
		if (!n["milestone"] && !n["expect"]) { bad("no milestone= and no expect="); exit 1 }
		if (wrong) exit 1
	}' "$1"
}

manifest_get() { # FILE KEY [VMM]: first value, the one for the VMM where there is one
	v=''
	[ -z "${3-}" ] || v=$(sed -n "s/^$2\.$3=//p" "$1" | head -n 1)
	[ -n "$v" ] || v=$(sed -n "s/^$2=//p" "$1" | head -n 1)
	echo "$v"
}

manifest_all() { # FILE KEY VMM: all values
	if grep -q "^$2\.$3=" "$1"; then
		sed -n "s/^$2\.$3=//p" "$1"
	else
		sed -n "s/^$2=//p" "$1"
	fi
}

# Media of a guest in the order of its manifest; "bios" when there is none.
manifest_media() { # FILE
	media_found=$(sed -n "s/^\(linux\|multiboot\|cdrom\|floppy\|disk\)=.*/\1/p" "$1" | tr '\n' ' ')
	echo "${media_found:-bios}"
}

# Files are built, in the cache, beside the manifest, or named from the root.
manifest_path() { # MANIFEST VALUE
	case $2 in
	/*) echo "$2" ;;
	*)
		for d in "$VMPROOF_BUILD/guests" "$VMPROOF_GUESTS" "$(dirname "$1")"; do
			[ ! -f "$d/$2" ] || {
				echo "$d/$2"
				return
			}
		done
		echo "$VMPROOF_GUESTS/$2"
		;;
	esac
}
