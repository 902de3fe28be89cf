# SPDX-License-Identifier: MIT
# Add the counters and the monitor's instruction census of several runs of refvmm.
def sum(f): reduce (.[] | f // {} | to_entries[] | select(.value | type == "number")) as $c
  ({}; .[$c.key] += $c.value);
{vms: length, counters: sum(.counters), monitor_instructions: sum(.monitor_instructions)}
| if .counters == {} then null else . end
