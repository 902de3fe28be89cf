# SPDX-License-Identifier: MIT
# Coverage: mnemonics by modes with the number of filled cells; empty cells by
# reason.  Input: `cases matrix`.
include "lib";
. as $m
| ($m.cells | map(.mode) | unique) as $modes
| "<section id=matrix><h2>Coverage</h2><p class=note>\($m.filled) filled cells of mnemonic × form × mode and privilege × operand class. "
  + "Empty cells, each with its reason: \($m.empty | length). The numbers below count cells; hover for the forms.</p>",
($m.cells | group_by(.group // "all")[] | . as $g
 | "<details\(if ($m.cells | length) < 400 then " open" else "" end)><summary><b>\($g[0].group // "all" | esc)</b>: \($g | map(.n) | add) cells, \($g | map(.mnemonic) | unique | length) mnemonics</summary><div class=wide><table class=cov>",
   "<tr><th>mnemonic</th>" + ($modes | map("<th class=n>\(. | esc)</th>") | join("")) + "</tr>",
   ($g | group_by(.mnemonic)[] | . as $i | "<tr><td><code>\($i[0].mnemonic | esc)</code></td>"
     + ($modes | map(. as $mode | ($i | map(select(.mode == $mode))) as $c
        | if $c == [] then "<td class=z>–</td>"
          else "<td title=\"\($c | map("\(.form): \(.n)") | join(", ") | esc)\">\($c | map(.n) | add)</td>" end) | join("")) + "</tr>"),
   "</table></div></details>"),
"<h3>Empty cells</h3>",
($m.empty | group_by(.reason)[] | "<details><summary>\(length): \(.[0].reason | esc)</summary><p class=\"mono\">"
  + (.[:400] | map([.mnemonic, .form, .mode, .class // empty] | join("/") | esc) | join(", "))
  + (if length > 400 then ", … and \(length - 400) more" else "" end) + "</p></details>"),
"</section>"
