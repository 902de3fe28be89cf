# SPDX-License-Identifier: MIT
# How refvmm spent its virtual machines: counters of --stats json, summed.
include "lib";
def digits: tostring | [., []] | until(.[0] == ""; [.[0][:-3], [.[0][-3:]] + .[1]]) | .[1] | join("\u2009");
def percent($of): if $of == 0 then "n/a" else "\(. * 100000 / $of | round / 1000) %" end;
# Rows with a bar in proportion to the largest.
def bars: . as $rows | (map(.[1]) | max // 1) as $top
  | $rows[] | "<tr><td><code>\(.[0] | esc)</code></td><td>\(.[1] | digits)</td>"
    + "<td class=bar><i style=\"width:\(if $top == 0 then 0 else .[1] * 100 / $top | round end)%\"></i></td></tr>";
.counters as $c | (.monitor_instructions // {}) as $m
| (($c.retired_tc // 0) + ($c.retired_monitor // 0)) as $all
| "<section id=engine><h2>Engine</h2><p class=note>refvmm, summed over its \(.vms) virtual machines of this run.</p>",
(if $all > 0 then
   "<p><b>\($c.retired_tc | percent($all))</b> of \($all | digits) retired guest instructions ran from the translation cache, \($c.retired_monitor | digits) in the monitor.</p>"
 else empty end),
"<h3>Exits from translated code by reason</h3><div class=wide><table class=cov>",
([$c | to_entries[] | select(.key | startswith("exit_")) | [(.key | ltrimstr("exit_")), .value]] | sort_by(-.[1]) | bars),
"</table></div>",
(if $m != {} then "<h3>Instructions run by the monitor</h3><div class=wide><table class=cov>",
   ([$m | to_entries[] | [.key, .value]] | sort_by(-.[1])[:24] | bars), "</table></div>" else empty end),
"<details><summary>All counters</summary><table class=cov>",
($c | to_entries[] | "<tr><td><code>\(.key | esc)</code></td><td>\(.value | digits)</td></tr>"),
"</table></details></section>"
