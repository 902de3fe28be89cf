# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# `vmproof capture`: vectors by the host CPU.  Options are those of
# build/conformance/capture/capture run; its exit codes, too.
capture_bin=$VMPROOF_BUILD/conformance/capture/capture
[ -x "$capture_bin" ] || die "$EX_USAGE" "$capture_bin: not built, run make"
case ${1-} in
matrix | verify | compare | merge) exec "$capture_bin" "$@" ;;
*) exec "$capture_bin" run "$@" ;;
esac
