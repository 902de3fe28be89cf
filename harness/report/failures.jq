# SPDX-License-Identifier: MIT
# Failing cases by VMM and group, then the lists of ORDER, LOST and FLAKY, then
# known differences.  $shows: {test, text} from `cases show`.
include "lib";
def limit_: 100;
($shows | reduce .[] as $s ({}; .[$s.test] = $s.text)) as $show
| [inputs | select(.test != "*")] as $r | ($r | map(failed)) as $bad
| $run[0].reference as $ref
| def one: . as $c | "<details class=case><summary>\(.verdict | word) <code>\(.test | esc)</code> <span class=dim>\(.reason // "" | esc)</span></summary>"
  + (if (.diff // []) != [] then "<table class=diff><tr><th></th><th>expected (\(.ref | esc))</th><th>got (\(.vmm | esc))</th></tr>"
     + (.diff | map("<tr><td>\(.field | esc)</td><td class=\"e mono\">\(.expected | esc)</td><td class=\"g mono\">\(.got | esc)</td></tr>") | join("")) + "</table>" else "" end)
  + (if .alone then "<p class=note>Alone in a fresh VM: \(.alone | esc)</p>" else "" end)
  + (if $show[$c.test] then "<pre>\($show[$c.test] | esc)</pre>" else "" end)
  + "<pre>\(again($run[0]) | esc)</pre></details>";
"<section id=failures><h2>Failing cases</h2>",
(if $bad == [] then "<p>None.</p>" else empty end),
($bad | group_by([(.vmm as $v | $run[0].vmms | index($v)), .group])[] | . as $g
 | "<details><summary><b>\($g[0].vmm | esc)</b> · \($g[0].group | esc): \($g | length) "
   + ($g | group_by(.verdict) | map("\(.[0].verdict | word) \(length)") | join(" ")) + "</summary><i id=\"\(anchor($g[0].vmm; $g[0].group))\"></i>",
   ($g[:limit_][] | one),
   (if ($g | length) > limit_ then "<p class=note>… and \(($g | length) - limit_) more: results.jsonl</p>" else empty end),
   "</details>"),
"</section><section id=order><h2>Order and lost</h2>",
"<p class=note>ORDER: alone in a fresh VM the case gives another result than among others. LOST: no whole record came out, an infrastructure fault that is never counted as passed.</p>",
(($bad | map(select(.verdict == "ORDER" or .verdict == "LOST" or .verdict == "FLAKY"))) as $o
 | if $o == [] then "<p>None.</p>" else
   "<div class=wide><table><tr><th></th><th>VMM</th><th class=n>cases</th><th>what happened; cases, and what they do alone</th></tr>",
   ($o | group_by([.vmm, .verdict, .reason])[] | "<tr><td>\(.[0].verdict | word)</td><td>\(.[0].vmm | esc)</td><td class=n>\(length)</td>"
     + "<td><details><summary>\(.[0].reason // "" | esc)</summary>\(.[:200] | map("<code>\(.test | esc)</code> <span class=dim>\(.alone // "" | esc)</span>") | join("<br>"))"
     + (if length > 200 then "<br>… and \(length - 200) more: results.jsonl" else "" end) + "</details></td></tr>"),
   "</table></div>" end),
"</section><section id=known><h2>Known differences</h2>",
"<p class=note>Differences settled in writing by the manual, the host processor or a hardware vector; see conformance/adjudicated.tsv and docs/findings.md.</p>",
(($r | map(select(.verdict == "XFAIL" or (.verdict == "PASS" and .reason != null)))) as $k
 | if $k == [] then "<p>None.</p>" else
   "<div class=wide><table><tr><th></th><th>VMM</th><th class=n>cases</th><th>why</th></tr>",
   ($k | group_by([.vmm, .verdict, .reason])[] | "<tr><td>\(.[0].verdict | word)</td><td>\(.[0].vmm | esc)</td><td class=n>\(length)</td><td><details><summary>\(.[0].reason | esc)</summary>\(.[:60] | map("<code>\(.test | esc)</code>") | join("<br>"))</details></td></tr>"),
   "</table></div>" end),
"</section>"
