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
	function bad(what) { gsub(/[^ -~]/, "?", what); printf "%s:%d: %s\n", FILENAME, FNR, what; wrong = 1; exit 1 }
	BEGIN {
		split(media " name title licence packages recipe initrd append bios vgabios scratch" \
			" memory cpu seconds milestone fail keys end expect work output after vmms set" \
			" write sha256 note disk2 sample", k, " ")
		for (i in k) known[k[i]] = 1
		split(media, m, " ")
		for (i in m) medium[m[i]] = 1
	}
	/\r$/ { bad("the line ends with a carriage return; lines end with a newline alone") }
	/^#/ || /^$/ { next }
	!/=/ { bad("not KEY=VALUE: " $0) }
	{
		key = substr($0, 1, index($0, "=") - 1); value = substr($0, index($0, "=") + 1)
		base = key; sub(/\.[a-z0-9-]*$/, "", base)
		if (!(base in known)) bad("unknown key \"" key "\"")
		if (base != key && base !~ /^(seconds|milestone|fail|keys|end|memory|cpu)$/)
			bad("\"" base "\" cannot be given for one VMM")
		if (value == "") bad("\"" key "\" has no value")
		n[base]++
		if (++given[key] > 1 && base !~ /^(milestone|fail|keys|expect|sha256|note)$/) bad("\"" key "\" is given twice")
		if (base in medium) boots = 1
		if (base == "name" && value !~ /^[a-z0-9][a-z0-9.-]*$/) bad("name \"" value "\": lower case letters, digits, - and .")
		if (base ~ /^(seconds|memory|scratch|sample)$/ && value !~ /^[1-9][0-9]*$/) bad("\"" key "\" is not a positive number")
		if (base == "end" && value != "exit" && value != "kill") bad("end is exit or kill")
		if (base == "write" && value != "yes") bad("write is yes, or is not there")
		if (base == "set" && value != "small" && value != "long") bad("set is small or long, or is not there")
		if (base == "output" && value !~ /^[^ ]+ [^ ]+$/) bad("output=FROM TO, two lines without spaces")
		if (base == "after" && value !~ /^fsck [0-9]+$/) bad("after=fsck SECTOR")
		if (base == "sha256") {
			split(value, s, " ")
			if (!(s[1] in medium) && s[1] !~ /^(initrd|bios|vgabios)$/)
				bad("sha256=KEY HEX: \"" s[1] "\" names no file")
			summed[s[1]] = FNR
			if (s[2] !~ /^[0-9a-f]+$/ || length(s[2]) != 64 || s[3] != "")
				bad("sha256=" s[1] " needs 64 hexadecimal digits in lower case")
		}
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
		for (i in summed)
			if (!n[i]) { FNR = summed[i]; bad("sha256=" i ", but there is no " i "="); exit 1 }
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

# What bootwatch is to look for: milestones, or the exact lines that a guest must
# print on LINES (debugcon or serial), failure texts, keys, how it ends.
manifest_scenario() { # FILE VMM LINES
	manifest_all "$1" milestone "$2" | sed 's/^/milestone /'
	sed -n 's/^expect=//p' "$1" | sed 's/[][\.*^$+?(){}|]/\\&/g' |
		awk -v c="$3" '{ printf "milestone line%d %s ^%s$\n", NR, c, $0 }'
	manifest_all "$1" fail "$2" | sed 's/^/fail /'
	manifest_all "$1" keys "$2" | sed 's/^/keys /'
	scenario_end=$(manifest_get "$1" end "$2")
	[ -z "$scenario_end" ] && grep -q '^expect=' "$1" && scenario_end='exit'
	echo "end ${scenario_end:-kill}"
}

# Is a guest meant for a VMM?  HERE: those that are there, CAPS: the VMM's.
manifest_for() { # FILE VMM HERE CAPS
	manifest_vmms=$(manifest_get "$1" vmms)
	case " ${manifest_vmms:-$3} " in
	*" $2 "*) return 0 ;;
	*" $(jq -r '.engine // .name' "$4") "*) return 0 ;;
	esac
	return 1
}
