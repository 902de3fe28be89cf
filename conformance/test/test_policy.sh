#!/bin/sh
# SPDX-License-Identifier: MIT
# policy.sh against histories made for it.
set -u
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d) || exit 3
trap 'rm -rf "$tmp"' EXIT INT TERM
good=0 bad=0
repo=$tmp/repo
mkdir -p "$repo/conformance/test" "$repo/conformance/gen"
git -C "$tmp" init -q repo
commit() { # MESSAGE
	git -C "$repo" add -A
	git -C "$repo" -c user.name=t -c user.email=t@localhost -c commit.gpgsign=false commit -q -m "$1"
}
check() { # EXPECTED NAME
	"$here/policy.sh" "$repo" >"$tmp/out"
	if [ $? -eq "$1" ]; then
		good=$((good + 1))
	else
		echo "not ok: $2"
		cat "$tmp/out"
		bad=$((bad + 1))
	fi
}
line() { # FILE TEXT
	printf '%s\n' "$2" >"$repo/conformance/$1"
}

line gen/undef.c 't->undef = F_AF;'
commit "before the rule"
line gen/undef.c 't->undef = F_OF;'
commit "a mask, changed without a word before the rule"
line test/policy.sh '#!/bin/sh'
commit "the rule"
check 0 "what was before the rule does not count"
line gen/new.c 't->undef = F_CF;'
commit "a new family"
check 0 "a mask that is new changes none"
line gen/undef.c 't->undef = F_OF | F_AF; /* AF, too */'
commit "a mask"
check 1 "a mask changed without a witness"
git -C "$repo" reset -q --hard HEAD~1
line gen/undef.c 't->undef = F_OF | F_AF;'
commit "AF is undefined, SDM 2B SAL"
check 0 "a mask changed with a section in the message"
line gen/undef.c 't->undef = F_ZF; /* host CPU */'
commit "a mask"
check 0 "a mask changed with silicon beside it"
printf '\t%s\n' 't->undef = F_ZF; /* host CPU */' >"$repo/conformance/gen/undef.c"
commit "indent"
check 0 "a line that is only indented"
line adjudicated.tsv 'alu/*	qemu-tcg	SDM 3A 5.3	limits'
commit "an adjudication"
line adjudicated.tsv 'alu/*	qemu-tcg	a guess	nothing'
commit "another one"
check 1 "an adjudication changed without a witness"
git -C "$repo" reset -q --hard HEAD~1
rm "$repo/conformance/gen/new.c"
commit "a mask goes"
check 1 "a mask removed without a witness"
hash=$(git -C "$repo" rev-parse --short=7 HEAD)
line gen/other.c 'int x;'
commit "more

Witness of $hash: SDM 2A AND"
check 0 "a witness that came later"
echo "$good passed, $bad failed, 0 skipped"
[ $bad -eq 0 ]
