# SPDX-License-Identifier: MIT
# With --repeat: one line per case and VMM; verdicts that differ make it FLAKY.
group_by([.vmm, .num, .test])[]
| (map(.verdict) | unique) as $v
| if $v | length == 1 then .[0]
  else .[0] + {verdict: "FLAKY", outcome: "failed",
    reason: ("verdicts: " + (map(.verdict) | join(" ")))} end
| .attempts = ($v | length)
