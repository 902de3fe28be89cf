# SPDX-License-Identifier: MIT
# Rows for plot/history.gp from the last 40 runs: number of the run, VMM, passed and
# failed cases, seconds.
[inputs] | .[-40:] | to_entries[] | .key as $n | .value.vmms | to_entries[]
| [$n + 1, .key, .value.passed, .value.failed, .value.seconds] | @tsv
