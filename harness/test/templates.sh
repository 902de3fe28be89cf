#!/bin/sh
# SPDX-License-Identifier: MIT
# The driver templates, as far as pretended programs on PATH can take them: what they
# ask of the VMM, what they leave, and that they say that nobody has tested them.
set -u
# shellcheck source=harness/test/lib.sh
. "$(dirname "$0")/lib.sh"
bin=$tmp/bin
mkdir "$bin"
PATH=$bin:$PATH
export PATH tmp
: >"$tmp/script"
printf 'FAKE fa4ecafe\n1\n2\n' >"$tmp/medium"

pretend() { # NAME: a program, which is stdin
	{
		echo '#!/bin/sh'
		echo "echo \"\${0##*/} \$*\" >>\"\$tmp/calls\""
		cat
	} >"$bin/$1"
	chmod +x "$bin/$1"
}
untested() { # DRIVER
	is "$("$harness/vmm.d/$1" caps | jq .tested)" false "$1: caps says that it is untested"
	is "$("$harness/vmm.d/$1" version | grep -c '(driver untested)$')" 1 "$1: so does its version"
}
ran() { # DRIVER STATUS CHANNEL
	is "$2 $(jq .exit "$tmp/out/driver.json") $(grep -a -c '^END ' "$tmp/out/$3")" "0 0 1" "$1: the guest's answer is there"
}
for d in virtualbox:VBoxManage vmware:vmrun hyperv:powershell.exe; do
	if command -v "${d#*:}" >/dev/null; then
		skip "${d%:*}: absent" "it is here"
		continue
	fi
	"$harness/vmm.d/${d%:*}" caps >/dev/null 2>"$tmp/stderr"
	is "$? $(wc -l <"$tmp/stderr")" "77 1" "${d%:*}: no caps without the VMM"
done

pretend VBoxManage <<'EOT'
[ "$1" != --version ] || echo 7.0
while [ $# -gt 1 ]; do
	case $1 in
	--uartmode1) echo "$3" >"$tmp/uart" ;;
	--medium) echo "$2" >"$tmp/image" ;;
	esac
	shift
done
EOT
pretend VBoxHeadless <<'EOT'
"$VMPROOF_BUILD/harness/fake_vmm" "$(cat "$tmp/image")" "$tmp/script" >"$(cat "$tmp/uart")"
exit 0
EOT
untested virtualbox
"$harness/vmm.d/virtualbox" run "iso:$tmp/medium" "$tmp/out" 60
ran virtualbox $? com1.raw
is "$(tail -n 1 "$tmp/calls" | grep -c 'unregistervm .* --delete')" 1 "virtualbox: the machine is gone"

pretend vmrun <<'EOT'
case "$*" in
'') echo 'vmrun version 1.17' ;;
*start*)
	shift 2
	"$VMPROOF_BUILD/harness/fake_vmm" "$(sed -n 's/^ide1:0.fileName = "\(.*\)"/\1/p' "$2")" \
		"$tmp/script" >"$(sed -n 's/^serial0.fileName = "\(.*\)"/\1/p' "$2")"
	;;
esac
exit 0
EOT
untested vmware
"$harness/vmm.d/vmware" run "iso:$tmp/medium" "$tmp/out" 60
ran vmware $? com1.raw
is "$(tail -n 1 "$tmp/calls" | grep -c 'stop .* hard')" 1 "vmware: the machine is gone"

pretend wslpath <<'EOT'
echo "$2"
EOT
# Writes where the header of the disk says that the area is.
pretend powershell.exe <<'EOT'
case "$*" in
*Version*) echo 2.0.0.0 ;;
*New-VM*)
	disk=$(echo "$*" | sed -n "s/.*-VHDPath '\([^']*\)'.*/\1/p")
	lba=$(od -A n -t u4 -j 524 -N 4 "$disk" | tr -d ' ')
	printf 'PLAN 0 0\nEND 0 00000000\n' | dd of="$disk" bs=512 seek=$((lba + 1)) conv=notrunc status=none
	;;
esac
EOT
untested hyperv
echo 5 >"$tmp/select"
if "$VMPROOF_BUILD/conformance/cases" image --media vhd --channel disk --select "$tmp/select" --out "$tmp/vhd"; then
	"$harness/vmm.d/hyperv" run "vhd:$tmp/vhd" "$tmp/out" 60
	ran hyperv $? disk.raw
	is "$(tail -n 1 "$tmp/calls" | grep -c 'Remove-VM')" 1 "hyperv: the machine is gone"
else
	skip hyperv "no image of cases can be made"
fi
finish
