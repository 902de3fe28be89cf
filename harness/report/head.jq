# SPDX-License-Identifier: MIT
# Title, totals, machine, VMMs and the table of verdicts.
include "lib";
$run[0] as $run | $digest[0].cells as $t | $digest[0].counts as $c
| ($t | ran($run)) as $vmms
| "<h1>vmproof report</h1>",
"<p class=\"dim\">\($run.date | esc) · commit <code>\($run.commit | esc)</code> · set <code>\($run.set | esc)</code>"
+ (if $run.args != "" then " · <code>vmproof run \($run.args | esc)</code>" else "" end) + "</p>",
(if $run.interrupted then "<p><span class=\"word LOST\">interrupted</span> This run was stopped; what follows covers what had been run.</p>" else empty end),
"<nav><a href=\"#heat\">Groups</a><a href=\"#failures\">Failing cases</a><a href=\"#history\">History</a><a href=\"#order\">Order and lost</a>"
+ "<a href=\"#known\">Known differences</a><a href=\"#opcodes\">Opcodes</a><a href=\"#matrix\">Coverage</a><a href=\"#bench\">Microbenchmarks</a>"
+ "<a href=\"#engine\">Engine</a><a href=\"#words\">Words</a>"
+ (if ($run.classes // {}).sensitive then "<a href=\"sensitive.html\">The 17 instructions</a>" else "" end) + "</nav>",
"<div class=\"tiles\">"
+ "<div class=\"tile good\"><b>\($c.passed)</b>passed</div>"
+ "<div class=\"tile \(if $c.failed > 0 then "bad" else "" end)\"><b>\($c.failed)</b>failed</div>"
+ "<div class=\"tile\"><b>\($c.skipped)</b>skipped</div>"
+ "<div class=\"tile\"><b>\($run.cases)</b>cases</div>"
+ "<div class=\"tile\"><b>\($vmms | length)</b>VMMs</div></div>",
"<section><h2>Machine and VMMs</h2><div class=\"wide\"><table>",
"<tr><th>VMM</th><th>version</th><th>boots from</th>"
+ (verdicts | map(select(. as $w | any($t[]; .verdict == $w))) | map("<th class=n>\(.)</th>") | join("")) + "</tr>",
($run.vmms[] as $v | ($t | map(select(.vmm == $v))) as $m
 | if $m == [] then
     "<tr><td>\($v | esc)</td><td colspan=12 class=dim>not run: \([$run.missing[] | select(.vmm == $v) | .why][0] // "" | esc)</td></tr>"
   else "<tr><td>\($v | esc)\(if $v == $run.reference then " <span class=dim>(reference)</span>" else "" end)</td><td>\($run.versions[$v] // "" | esc)</td><td>\($run.media[$v] // "" | esc)</td>"
     + (verdicts | map(. as $w | select(any($t[]; .verdict == $w)) | ($m | total(.verdict == $w))
        | "<td class=n>\(if . == 0 then "<span class=dim>0</span>" else . end)</td>") | join("")) + "</tr>" end),
"</table></div>",
(($witness[0] // []) | map(select(.chip == null and .n != {})) | if . == [] then empty else
   "<p class=note>The host CPU, running the same cases natively, confirms in every defined bit "
   + (map("\((.n.agree // 0) + (.n.undefined // 0)) of \([.n[]] | add) records of \(.vmm | esc)") | join(", ")) + ".</p>" end),
(($witness[0] // [])[] | select(.chip) |
  "<p class=note>A real PC with \(.chip | esc) answered \(.cases) cases (\(.from | esc), \(.ingested | esc)); in every defined bit it agrees with "
  + (.said | map("\(.n.agree // 0) of \([.n[]] | add) records of \(.vmm | esc)") | if . == [] then "nothing of this run" else join(", ") end) + ".</p>"),
"<p class=\"note\">\($run.machine.cpu | esc), \($run.machine.cores) processors, \($run.machine.os | esc), \($run.machine.kernel | esc), load \($run.machine.load | esc), vm.mmap_min_addr \($run.machine.mmap_min_addr | esc). "
+ "Each VM is compared case by case with \($run.reference | esc); a bit counts when the manual defines it. A case that fails is run again alone in a fresh VM.</p></section>"
