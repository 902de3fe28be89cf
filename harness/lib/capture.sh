# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# `vmproof capture`: vectors by the host CPU.  Options are those of
# build/conformance/capture/capture run; its exit codes, too.
capture_bin=$VMPROOF_BUILD/conformance/capture/capture
need_built "$capture_bin"
case ${1-} in
matrix | verify | compare | merge) exec "$capture_bin" "$@" ;;
*) exec "$capture_bin" run "$@" ;;
esac
