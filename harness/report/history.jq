# SPDX-License-Identifier: MIT
# Table of the last runs of all cases, the newest first.
include "lib";
[inputs] | length as $all | .[-15:] | reverse
| "<p class=note>Runs of all cases on this machine: \($all). Each keeps a line in results/history/runs.jsonl.</p>",
"<div class=wide><table><tr><th>when</th><th>commit</th><th>set</th><th class=n>cases</th><th class=n>seconds</th><th>VMM</th><th class=n>passed</th><th class=n>failed</th><th class=n>known</th><th class=n>skipped</th><th class=n>VM seconds</th></tr>",
(.[] | . as $r | (.vmms | to_entries) as $v | $v[0].key as $first | $v[]
 | "<tr>" + (if .key == $first then "<td>\($r.date | esc)</td><td><code>\($r.commit | esc)</code></td><td>\($r.set | esc)</td><td class=n>\($r.cases)</td><td class=n>\($r.seconds)</td>"
     else "<td></td><td></td><td></td><td></td><td></td>" end)
   + "<td title=\"\(.value.version // "" | esc)\">\(.key | esc)</td><td class=n>\(.value.passed)</td><td class=n>\(.value.failed)</td><td class=n>\(.value.known)</td><td class=n>\(.value.skipped)</td><td class=n>\(.value.seconds)</td></tr>"),
"</table></div>"
