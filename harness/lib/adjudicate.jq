# SPDX-License-Identifier: MIT
# Shell patterns on case ids, and the written adjudications that use them.

# The pattern as an anchored regular expression: * matches across slashes.
def glob:
  gsub("(?<c>[].+^$(){}|\\\\])"; "\\\(.c)") | gsub("\\*"; ".*") | gsub("\\?"; ".")
  | gsub("\\[!"; "[^") | "^(" + . + ")$";

# Adjudications by exact id, and the rest behind one expression to miss with.
def prepare:
  {exact: (map(select(.test | test("[*?[]") | not)) | group_by(.test)
     | map({(.[0].test): .}) | add // {}),
   glob: map(select(.test | test("[*?[]")) | . + {re: (.test | glob)})}
  | .any = (.glob | map(.re) | join("|"));

# What is said of the case with this id: a list.
def said($adj):
  . as $id | ($adj.exact[$id] // [])
  + (if $adj.any != "" and test($adj.any)
     then [$adj.glob[] | .re as $re | select($id | test($re))] else [] end);
