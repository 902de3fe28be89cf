#!/bin/sh
# SPDX-License-Identifier: MIT
# harness/setup without installing anything, and harness/check's counting.
set -u
# shellcheck source=harness/test/lib.sh
. "$(dirname "$0")/lib.sh"

if command -v dpkg-query >/dev/null 2>&1; then
	printf 'libc6 # here\nno-such-package-a # why\nno-such-package-b\n' >"$tmp/list"
	VMPROOF_PACKAGES=$tmp/list "$harness/setup" --dry-run >"$tmp/stdout" 2>"$tmp/stderr"
	is $? 3 "missing packages: exit status 3"
	is "$(tail -n 1 "$tmp/stderr")" \
		"setup: as root: apt-get install --no-install-recommends -y no-such-package-a no-such-package-b" \
		"the exact command"
	echo 'libc6' >"$tmp/list"
	VMPROOF_PACKAGES=$tmp/list "$harness/setup" >"$tmp/stdout" 2>&1
	is "$? $(wc -c <"$tmp/stdout")" "0 0" "quiet when nothing is missing"
else
	skip "packages" "not a Debian system"
fi
"$harness/setup" --frob 2>"$tmp/stderr"
is "$? $(wc -l <"$tmp/stderr")" "2 1" "bad argument"
is "$("$harness/setup" --list | grep -c -v '^[a-z0-9.+-]*$')" 0 "--list prints names only"

# Suites of every kind, through a makefile of their own.
cat >"$tmp/Makefile" <<'EOT'
all good bad:
	@true
broken:
	@exit 1
check-plain:
	@echo "3 passed, 1 failed, 2 skipped"; echo "SKIP a: no disk"; echo "SKIP b: no net"; \
		echo "3 passed, 1 failed, 2 skipped"; exit 1
check-tap:
	@printf '1..3\nok 1 - a\nok 2 - b # SKIP no tool\nok 3 - c\n'
check-silent:
	@true
check-dies:
	@echo "1 passed, 0 failed"; exit 5
EOT
for t in good bad; do
	{
		echo '#!/bin/sh'
		[ $t = good ] && echo 'echo "100%: Checks: 4, Failures: 0, Errors: 0"; echo "SKIP x: no cpu"'
		[ $t = bad ] && echo 'echo "50%: Checks: 4, Failures: 1, Errors: 1"; exit 1'
	} >"$tmp/$t"
	chmod +x "$tmp/$t"
done
(cd "$tmp" && "$harness/check" --make make --build build --tests './good ./bad ./broken' \
	--checks 'check-plain check-tap check-silent check-dies') >"$tmp/stdout" 2>&1
is $? 1 "check: failures give exit status 1"
is "$(tail -n 1 "$tmp/stdout")" "12 passed, 5 failed, 4 skipped" "check: the closing line"
is "$(grep -c '^skip: ' "$tmp/stdout")" 4 "check: every skip has a line"
is "$(grep -c 'does not build: ./broken' "$tmp/stdout")" 1 "check: what does not build is named"
finish
