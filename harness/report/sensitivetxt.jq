# SPDX-License-Identifier: MIT
# The same as text: one block for each instruction.
def pad($n): tostring | . + (" " * ([$n - length, 0] | max));
"The 17 sensitive unprivileged instructions, \(.run.commit), \(.run.machine.cpu)",
"VMM: cases passed/run.  naive: at CPL 3 of a process of this host; wrong is wrong without a trap"
+ (if .umip then "; (umip): its kernel's answer" else "" end) + ".",
(.rows[] | "",
 "\(.row). \(.name) (\(.class); \(.cite))",
 (.cells[] | "  \(.place | pad(7)) \(.bare | pad(46)) "
  + (.vmms | map("\(.vmm) \(.passed)/\(.n)\(if .failed > 0 then " \(.failed) FAILED" elif .known > 0 then " \(.known) known" else "" end)") | join("  "))
  + (.naive | if .right + .wrong + .traps == 0 then "" else
      "  naive: \(.wrong) wrong, \(.traps) trap, \(.right) right\(if .umip > 0 then " (umip)" else "" end)" end)))
