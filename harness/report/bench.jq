# SPDX-License-Identifier: MIT
# Table of microbench.jsonl: one object per kernel, ring and VMM.
include "lib";
def ns: if type != "number" then "<span class=dim>n/a</span>" elif . >= 1000 then "\(. | round)" else "\(. * 100 | round / 100)" end;
def times: if type != "number" then "<span class=dim>n/a</span>" else "\(. * 100 | round / 100)×" end;
[inputs] as $r | ($r | map(.vmm) | unique) as $vmms
| "<details><summary>All numbers: median ns per iteration (and times native)</summary><div class=wide><table class=cov><tr><th>kernel</th><th>class</th><th>ring</th>"
  + ($vmms | map("<th class=n>\(. | esc)</th>") | join("")) + "</tr>",
($r | group_by([.class, .kernel, .ring])[] | . as $k
 | "<tr><td><code>\($k[0].kernel | esc)</code></td><td>\($k[0].class | esc)</td><td>\($k[0].ring // "" | esc)</td>"
 + ($vmms | map(. as $v | ($k | map(select(.vmm == $v))[0]) as $c
    | "<td>" + (if $c == null then "–" else "\($c.ns_per_iter | ns) <span class=dim>(\($c.x_native | times))</span>" end) + "</td>") | join("")) + "</tr>"),
"</table></div></details>"
