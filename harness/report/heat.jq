# SPDX-License-Identifier: MIT
# Heat map: groups by VMMs, each cell a link to its failing cases.
include "lib";
$run[0] as $run | $digest[0].cells as $cells | ($cells | ran($run)) as $vmms
| "<section id=heat><h2>Groups by VMM</h2><p class=note>Cases that agree of cases run; click a cell for what fails in it.</p><div class=wide><table class=heat>",
"<tr><th></th>" + ($vmms | map("<th>\(. | esc)\(if . == $run.reference then "<br><small>reference</small>" else "" end)</th>") | join(""))
  + (if $run.classes then "<th>required<br><small>manual or silicon</small></th><th>choice<br><small>two outcomes</small></th><th>report<br><small>emulators only</small></th>" else "" end) + "</tr>",
($cells | groups[] as $g | map(select(.group == $g)) as $row | "<tr><th>\($g | esc)</th>"
 + ($vmms | map(. as $v | ($row | map(select(.vmm == $v))) as $c | ($c | total(true)) as $n
   | ($c | total(.outcome == "failed")) as $bad | ($c | total(.outcome == "passed")) as $good
   | ($c | total(.verdict == "XFAIL")) as $known
   | (if $n == 0 or ($good == 0 and $bad == 0 and $known == 0) then "none"
      elif $bad == 0 then (if $known > 0 then "known" else "ok" end)
      elif $bad * 100 <= $n then "b1" elif $bad * 10 <= $n then "b2"
      elif $bad * 2 <= $n then "b3" else "b4" end) as $class
   | "<td class=\"c \($class)\">"
     + (if $bad > 0 then "<a href=\"#\(anchor($v; $g))\">\($bad) fail<small>\($good) of \($n)</small></a>"
        elif $class == "none" then "–"
        else "\($good)<small>of \($n)\(if $known > 0 then ", \($known) known" else "" end)</small>" end)
     + "</td>") | join(""))
 + (classes($run; $g) | if . == null then "" else
     (.required + .implementation + .report) as $all
     | "<td class=n>\(.required)</td><td class=n>\(.implementation)</td><td class=n>\(.report)\(if .report > 0 then "<small>\(.report * 1000 / $all | floor / 10) %</small>" else "" end)</td>" end) + "</tr>"),
"</table></div></section>"
