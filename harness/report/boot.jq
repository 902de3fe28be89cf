# SPDX-License-Identifier: MIT
# Tables of digest.json of `vmproof boot`; $pictures: [{dir, png}], base64.
include "lib";
def s: if . == null then "" elif . < 1e9 then "\(. / 1e7 | round / 100) s" elif . < 1e11 then "\(. / 1e8 | round / 10) s" else "\(. / 1e9 | round) s" end;
.cells as $c | ($c | map(.vmm) | unique | map(select(. != "all"))) as $v
| "<p class=note>A guest passes when all its milestones were seen in order, no failure text was, and it left by itself where it should. Times: medians, from the start of the VMM, by the clock (and processor time, user and system, of all its processes).</p>",
  "<div class=wide><table class=cov><tr><th>guest</th>" + ($v | map("<th>\(. | esc)</th>") | join("")) + "</tr>",
  ($c | group_by(.guest)[] | . as $g
   | "<tr><td><code>\($g[0].guest | esc)</code><br><span class=dim>\($g[0].title | esc)</span></td>"
   + ($v | map(. as $vmm | ($g | map(select(.vmm == $vmm))[0]) as $x
     | "<td>" + (if $x == null then "–" else "\($x.verdict | word)"
        + (if $x.ns then " \($x.ns | s) <span class=dim>(cpu \($x.cpu_ns | s), \($x.attempts)×, \($x.media | esc))</span>" else "" end)
        + (if $x.reason then "<br><span class=dim>\($x.reason | esc)</span>" else "" end) end) + "</td>") | join("")) + "</tr>"),
  "</table></div>",
  ($c | map(select((.parts | length) > 0)) | group_by(.guest)[] | . as $g | ($g | map(.vmm)) as $w
   | "<h3>\($g[0].title | esc): parts of the work</h3><div class=wide><table class=cov><tr><th>part</th>" + ($w | map("<th class=n>\(. | esc)</th>") | join("")) + "</tr>",
     ($g[0].parts[] | .name as $p | "<tr><td><code>\($p | esc)</code></td>"
      + ($g | map("<td>" + ((.parts | map(select(.name == $p))[0]) as $x | if $x then "\($x.ns | s) <span class=dim>(cpu \($x.cpu_ns | s))</span>" else "–" end) + "</td>") | join("")) + "</tr>"),
     "</table></div>"),
  "<details><summary>Time to each milestone</summary><div class=wide><table class=cov><tr><th>guest</th><th>VMM</th><th>milestones</th></tr>",
  ($c[] | select(.ns) | . as $x | "<tr><td><code>\(.guest | esc)</code></td><td>\(.vmm | esc)</td><td>"
   + ([.order[] | . as $n | ($x.milestones | map(select(.name == $n))[0]) | select(.) | "\(.name | esc) \(.ns | s)"] | join(", ")) + "</td></tr>"),
  "</table></div></details>",
  (if ($pictures | length) > 0 then "<details><summary>Last pictures</summary><div class=gallery>",
   ($pictures[] | "<figure><img alt=\"\(.dir | @html)\" width=360 src=\"data:image/png;base64,\(.png)\"><figcaption>\(.dir | @html)</figcaption></figure>"),
   "</div></details>" else empty end)
