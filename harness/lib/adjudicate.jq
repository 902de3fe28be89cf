# SPDX-License-Identifier: MIT
# Shell patterns on case ids, and the written adjudications that use them.

# The pattern as an anchored regular expression: * matches across slashes.
def glob:
  gsub("(?<c>[.+^$(){}|\\\\])"; "\\\(.c)") | gsub("\\*"; ".*") | gsub("\\?"; ".")
  | gsub("\\[!"; "[^") | "^(" + . + ")$";

# Adjudications by exact id; those with a pattern by group where the pattern names one, as
# each test of a pattern compiles it.
def prepare:
  def group: .test | split("/") | if length > 1 and (.[0] | test("[*?[]") | not) then .[0] else null end;
  {exact: (map(select(.test | test("[*?[]") | not)) | group_by(.test)
     | map({(.[0].test): .}) | add // {}),
   glob: map(select(.test | test("[*?[]")) | . + {re: (.test | glob), group: group})}
  | .glob as $all | .rest = ($all | map(select(.group == null)))
  | .group = ($all | map(.group | values) | unique
      | map(. as $g | {($g): ($all | map(select(.group == null or .group == $g)))}) | add // {});

# What is said of the case with this id: a list.
def said($adj):
  . as $id | ($adj.exact[$id] // [])
  + [($adj.group[split("/")[0]] // $adj.rest)[] | .re as $re | select($id | test($re))];

# Is it said of the reference, or of the VMM that the reference is a driver of?
def of_ref($ref; $refengine): .wrong == $ref or .wrong == $refengine;

# Is a field of a difference covered by an adjudication?  One without fields
# covers all of them.
def covers($field): .fields == [] or (.fields | index($field));

# Who says so, of a difference in these fields: of each field the first that names it, or
# else the first that covers all; of a VMM that stopped (no fields) the first that covers all.
def naming($fields):
  . as $rules
  | [ if $fields == [] then (first($rules[] | select(.fields == [])) // $rules[0])
      else $fields[] as $f | first(($rules[] | select(.fields | index($f))), ($rules[] | select(.fields == []))) end ]
  | if . == [] then [$rules[0]] else . end
  | reduce .[] as $r ([]; if index([$r]) then . else . + [$r] end)
  | map("(\(.witness)): \(.text)") | join("; ");

# What the adjudications of a case make of it.  Input: {verdict, fields} of the
# first look; $own: those that say this VMM is wrong, $other: the reference.
#   null     nothing said, or something is left that nobody spoke of
#   "own"    this VMM is wrong, in writing
#   "other"  the reference is wrong, in writing, and nothing else differs
def settled($own; $other):
  . as $in
  | if .verdict == "FAIL" then
      (.fields | map(select(. as $f | ($other | any(covers($f))) | not))) as $left
      | if .fields == [] then null
        elif $left == [] then "other"
        elif all($left[]; . as $f | $own | any(covers($f))) then "own" else null end
    elif .verdict == "CRASH" or .verdict == "TIMEOUT" or .verdict == "UNSUPPORTED" then
      if $own | any(.fields == []) then "own" else null end
    else null end;
