# SPDX-License-Identifier: MIT
# The page of the 17 instructions.  Input: what sensitive.jq gathered; $holes: the table
# of docs/not-supported.md that says where refvmm differs silently, as lines.
include "lib";
def code: gsub("`(?<c>[^`]*)`"; "<code>\(.c)</code>");
def chip: (if .n == 0 then "none" elif .failed > 0 then "b4" elif .known > 0 then "known" else "ok" end) as $class
  | "<span class=\"chip \($class)\" title=\"\(.passed) of \(.n) cases pass, \(.known) known differences\">\(.vmm | esc) \(.passed)/\(.n)</span>";
def naive: . as $v
  | if .right + .wrong + .traps == 0 then "<span class=\"chip none\">naive: not run</span>"
    else "<span class=\"chip \(if .wrong > 0 then "b3" else "ok" end)\">naive: "
      + ([if .wrong > 0 then "\(.wrong) wrong" else empty end, if .traps > 0 then "\(.traps) trap" else empty end,
          if .right > 0 then "\(.right) right" else empty end] | join(", "))
      + (if .umip > 0 then " <small>(UMIP: kernel)</small>" else "" end) + "</span>" end;
. as $d
| "<h1>The 17 sensitive unprivileged instructions</h1>",
"<p class=dim>\(.run.date | esc) · commit <code>\(.run.commit | esc)</code> · \(.run.machine.cpu | esc) · <a href=\"report.html\">whole report</a></p>",
"<section><h2>Instruction by place</h2>",
"<p class=note>Robin and Irvine, <i>Analysis of the Intel Pentium's Ability to Support a Secure Virtual Machine Monitor</i>, USENIX Security 2000. "
+ "Each cell: what the bare architecture does by the manual, checked by a rule in code; then each VMM, as cases passed of cases run, value and absence of a fault both counted. "
+ "<span class=\"chip ok\">all pass</span> <span class=\"chip known\">known differences</span> <span class=\"chip b4\">failures</span></p>",
"<p class=note>naive: the case as it is, run by a process of this host at CPL 3, as a VMM does that only lowers its guest's privilege. It is judged by the rules of the ring that the guest believes in. "
+ "<i>wrong</i>: another result, and no trap that a monitor could use. <i>trap</i>: the monitor gets control."
+ (if .umip then " This host has UMIP: SGDT, SIDT, SLDT, STR and SMSW trap into its kernel, which answers with made-up values; what is marked so was not said by the processor." else "" end) + "</p>",
"<div class=wide><table class=seventeen><tr><th>instruction</th>" + (.places | map("<th>\(.)</th>") | join("")) + "</tr>",
(.rows[] | "<tr><th>\(.row). \(.name | esc)<br><small>\(.class | esc)<br>\(.cite | esc)</small></th>"
 + (.cells | map("<td><p>\(.bare | esc)</p>" + (.vmms | map(chip) | join(" "))
     + (if .place == "v86" or .place == "real" then "" else " " + (.naive | naive) end) + "</td>") | join("")) + "</tr>"),
"</table></div><p class=note>\([.rows[].cells[].naive.why | select(.)][0] // "" | esc).</p></section>",
"<section><h2>What naive de-privileging shows</h2><div class=wide><table><tr><th>instruction</th><th>instead</th><th>case</th><th>by the manual, for its ring</th><th>at CPL 3 of a process</th></tr>",
(.rows[] | . as $row | [.cells[] | select(.place == "ring 0") | .naive][0] as $n
 | "<tr><td>\(.name | esc)</td><td>\(.naive | esc)\(if $n.umip > 0 then " <small>(here: its kernel's answer under UMIP)</small>" else "" end)</td>"
 + (if $n.example then "<td><code>\($n.example.id | esc)</code></td><td class=\"mono\">\($n.example.expected | esc)</td><td class=\"mono\">\($n.example.got | esc)</td></tr>"
    elif $n.traps > 0 then "<td colspan=3>every case traps: a monitor can emulate it</td></tr>"
    else "<td colspan=3>not run on this host</td></tr>" end)),
"</table></div></section>",
"<section><h2>Where VMMs differ</h2>",
([.rows[] as $row | $row.cells[] as $c | $c.vmms[] | select(.examples != []) | {row: $row.name, place: $c.place, vmm, known, failed, examples}] as $bad
 | if $bad == [] then "<p>Nowhere in this group.</p>" else
   ($bad[] | "<details class=case><summary>\(.vmm | esc): \(.row | esc), \(.place): \(.failed) failed, \(.known) known</summary>"
     + (.examples | map("<p><code>\(.test | esc)</code> \(.reason // "" | esc)</p><table class=diff>"
         + (.diff | map("<tr><td>\(.field | esc)</td><td class=\"e mono\">\(.expected | esc)</td><td class=\"g mono\">\(.got | esc)</td></tr>") | join("")) + "</table>") | join("")) + "</details>") end),
"</section>",
"<section><h2>Holes of fidelity</h2>",
"<p>Running a guest's code directly in an outer ring cannot be made exact by traps: the 17 above return the host's state or drop a change without one; a segment's hidden part cannot be read back once its descriptor has changed in memory; CS and SS show RPL; UMIP, where there is one, makes five of them trap and leaves twelve. "
+ "refvmm therefore executes no guest code directly, in no ring: it translates all of it, and the 17 are emitted with their virtual meaning or are callouts. The cases above in rings 1 to 3 show it.</p>",
"<p>What refvmm itself does not do as a processor does, from docs/not-supported.md:</p><div class=wide><table><tr><th>what</th><th>why</th><th>shown by</th></tr>",
($holes | split("\n")[] | select(startswith("| ")) | split(" | ") | select(length == 3)
 | map(ltrimstr("| ") | rtrimstr(" |")) | select(.[0] != "what")
 | "<tr>" + (map("<td>\(. | esc | code)</td>") | join("")) + "</tr>"),
"</table></div></section>"
