#!/bin/sh
# SPDX-License-Identifier: MIT
# docs/implementation-defined.md from conformance/choices.def, on stdout:
#
#   docs/choices.sh CASES        CASES: build/conformance/cases
set -eu
cat <<'TEXT'
# What the manual leaves open, and what refvmm does

Generated from conformance/choices.def by `make docs-choices`; `make check-choices` runs the cases on refvmm and compares.

Two outcomes are permitted and a case accepts both ([oracle.md](oracle.md), class "implementation"). refvmm models Intel's processors from the Pentium Pro
on, as Bochs does:

| what | refvmm | permitted too | who does that | manual | cases |
|---|---|---|---|---|---|
TEXT
"$1" choices | jq -r '"| \(.what) | \(if .refvmm == "first" then .first else .other end) | \(
	if .refvmm == "first" then .other else .first end) | \(.others) | \(.cite) | \(.cases) |"'
cat <<'TEXT'

Undefined by the manual, and therefore masked in every comparison (conformance/gen/undef.c and the cases' own masks; `cases show CASE` prints them):

| what | refvmm |
|---|---|
| arithmetic flags that an instruction leaves undefined; the destination of BSF and BSR of zero, BSWAP of 16 bits, SHLD and SHRD by more than the operand's size | what the host's processor does: the instruction itself runs |
| bits 16-19 of what LAR returns | bits 16-19 of the descriptor's limit |
| upper two bytes of the slot in which a far CALL of 32 bits pushes CS | zero |
TEXT
