# SPDX-License-Identifier: MIT
# bench.json of bench-guests as text, columns aligned.
def s: if . == null then "-" else . / 1e9 | if . < 10 then . * 1000 | round / 1000 else . * 100 | round / 100 end | tostring end;
def f2: if . == null then "-" else . * 100 | round / 100 | tostring end;
def pct: if . == null then "-" else "\(. * 100 | round) %" end;
def cell: if .n == 0 then "-" else "\(.median | s) (\(.min | s)-\(.max | s))" end;
def pad($n): . + (" " * ([0, $n - length] | max) // "");
def table: . as $rows | [range($rows[0] | length) as $k | [$rows[][$k] | length] | max] as $w
	| $rows[] | [range(length) as $k | .[$k] | pad($w[$k])] | join("  ") | sub(" +$"; "");
def goal: [(.goal.wall | if . then "<= \(.)" else empty end), (.goal.cpu | if . then "cpu <= \(.)" else empty end)] | join(", ");
. as $b
| "Seconds by the clock and of the processor (user and system, whole process tree): median (least-most). Ratio: \($b.vmms[0]) / \($b.vmms[1]).",
  ([["guest", "phase", "wall \($b.vmms[0])", "wall \($b.vmms[1])", "ratio", "cpu \($b.vmms[0])", "cpu \($b.vmms[1])", "ratio", "goal", ""]]
   + [$b.rows[] | [.guest, .phase, (.wall[0] | cell), (.wall[1] | cell), (.ratio.wall | f2), (.cpu[0] | cell), (.cpu[1] | cell), (.ratio.cpu | f2), goal,
      (if .met == null then "" elif .met then "met" else "MISSED" end)]] | table),
  "",
  "Counters of \($b.vmms[0]), medians. Time split: user and system seconds; share of the host timer's samples in translated code, in the monitor, waiting in HLT.",
  ([["guest", "phase", "user", "system", "tc", "monitor", "wait", "hidden faults", "traps pf", "gp", "ss", "other", "#PF", "units made", "flushes", "dropped", "CR3 loads", "invlpg", "mmap", "munmap", "mprotect", "interrupts", "exits"]]
   + [$b.rows[] | select(.counters) | .counters as $c | [.guest, .phase, (.user[0] | s), (.system[0] | s), (.share.tc | pct), (.share.monitor | pct), (.share.wait | pct)]
      + ([$c.hidden_faults, $c.trap_pf, $c.trap_gp, $c.trap_ss, $c.trap_other, $c.page_faults, $c.units_translated, $c.cache_flushes, $c.units_invalidated, $c.cr3_loads, $c.invlpgs, $c.window_maps, $c.window_unmaps, $c.window_protects, $c.interrupts, $c.exits] | map(tostring))] | table),
  ($b.failed[] | "FAILED \(.guest) \(.vmm) \(.attempt): \(.verdict)")
