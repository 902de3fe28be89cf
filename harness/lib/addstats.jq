# SPDX-License-Identifier: MIT
# Add the counters of several runs: numbers are summed, also inside objects;
# anything else is kept from the first run.
def plus($b):
  if type == "number" and ($b | type) == "number" then . + $b
  elif type == "object" and ($b | type) == "object" then
    reduce ($b | keys_unsorted[]) as $k (.; if has($k) then .[$k] |= plus($b[$k]) else .[$k] = $b[$k] end)
  else . end;
reduce .[] as $x (null; if . == null then $x else plus($x) end)
