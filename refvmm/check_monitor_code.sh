#!/bin/sh
# SPDX-License-Identifier: MIT
# Monitor context owns neither libc nor the FPU and SSE registers: fail when an
# archive of monitor code refers to a symbol that is neither its own nor one of
# the monitor's other parts, or touches those registers.
# usage: check_monitor_code.sh ARCHIVE
set -eu

archive=$1
others='lin_read lin_write lin_probe seg_check mem_read mem_write
mmu_set_cr3 mmu_set_mode vcpu_seg_changed vcpu_mode_changed _GLOBAL_OFFSET_TABLE_'

known=$(
	printf '%s\n' "$others" | tr ' ' '\n'
	nm -g --defined-only "$archive" | awk 'NF == 3 { print $3 }'
)
wanted=$(nm -u "$archive" | awk '$1 == "U" { print $2 }' | sort -u)
foreign=$(printf '%s\n' "$wanted" | grep -vxF "$known" || true)
bad=0
if [ -n "$foreign" ]; then
	echo "$archive: refers to" "$foreign" >&2
	bad=1
fi
if objdump -d --no-show-raw-insn "$archive" | grep -E '%(xmm|ymm|mm[0-7]|st)' >&2; then
	echo "$archive: uses FPU or SSE registers" >&2
	bad=1
fi
exit $bad
