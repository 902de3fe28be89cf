# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Shared by the recipes, which guests/prepare runs: $top is the tree, $cache the
# cache with pkg/PACKAGE/, $tmp a scratch folder, $dest the folder to fill.

: "${top:?}" "${cache:?}" "${dest:?}" "${tmp:?}" # guests/prepare sets them

recipe_die() {
	echo "guests/recipes/${0##*/}: $1" >&2
	exit 3
}

need() { # PROGRAM PACKAGE
	command -v "$1" >/dev/null || recipe_die "$1 is not installed: apt-get install $2"
}

# The one file that matches, below pkg/.
package_file() { # PACKAGE GLOB
	for f in "$cache/pkg/$1/"$2; do
		[ -f "$f" ] && echo "$f" && return 0
	done
	recipe_die "package $1 has no file $2"
}

isolinux_tree() { # DIR MODULE...: the boot loader and its modules
	d=$1
	shift
	mkdir -p "$d/isolinux"
	cp "$(package_file isolinux usr/lib/ISOLINUX/isolinux.bin)" "$d/isolinux/" || exit 3
	for m in ldlinux "$@"; do
		cp "$(package_file syslinux-common "usr/lib/syslinux/modules/bios/$m.c32")" "$d/isolinux/" ||
			exit 3
	done
}

isolinux_iso() { # DIR ISO
	need xorriso xorriso
	xorriso -as mkisofs -quiet -o "$2" -b isolinux/isolinux.bin -c isolinux/boot.cat \
		-no-emul-boot -boot-load-size 4 -boot-info-table -R -V VMPROOF "$1" >"$tmp/xorriso.log" 2>&1 ||
		recipe_die "xorriso: $(tail -n 1 "$tmp/xorriso.log")"
}
