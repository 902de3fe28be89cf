# SPDX-License-Identifier: MIT
# Opcode maps, coloured by witness and by each VMM's verdicts.  Input:
# coverage.json of `coverage map` (conformance/coverage).  Views are chosen by radio
# buttons, without scripts.
include "lib";
def hex2: "0123456789ABCDEF" as $d | "\($d[(. / 16 | floor):(. / 16 | floor) + 1])\($d[. % 16:. % 16 + 1])";
def sum3: .w | add;
# What a cell's worst encoding is by witness: h hole, e explained, r emulators only,
# m manual, s silicon; what is newer than a Pentium III may have holes (n).
# Vectors captured on silicon; "41 vectors: sst286 40, host32 1".
def vectors: .vec // [] | add // 0;
def by_set($sets): [range($sets | length) as $k | select(.vec[$k] > 0) | "\($sets[$k].name) \(.vec[$k])"]
  | join(", ");
def vectors_text($sets): if vectors > 0 then ", \(vectors) vectors: \(by_set($sets))" else "" end;
def witness: if .w[0] > 0 then "s" elif .w[1] > 0 then "m" elif .w[2] > 0 then "r"
  elif .why then "e" elif .later then "y" else "h" end;
def worst: . as $w | "hermys" | explode | map([.] | implode) | map(select(. as $x | $w | index($x))) | .[0];
# By verdict: f failed, k known difference, p passed, x not run.
def verdict($v): .v[$v] // [0, 0, 0, 0] | if .[1] > 0 then "f" elif .[2] > 0 then "k" elif .[0] > 0 then "p" else "x" end;
def worst_verdict: . as $w | "fkpx" | explode | map([.] | implode) | map(select(. as $x | $w | index($x))) | .[0];
# The encodings of a cell that must be covered speak for it, if there are any.
def judged: (map(select(.later | not))) as $old | if $old == [] then . else $old end;
def names: map(.n) | reduce .[] as $n ([]; if index($n) then . else . + [$n] end);
def tip($v; $sets): map("\(.k) \(.n): " + (if $v < 0 then "\(sum3) cases, \(.w[0]) silicon, \(.w[1]) manual\(vectors_text($sets))"
    else (.v[$v] // [0, 0, 0, 0]) | "\(.[0]) passed, \(.[1]) failed, \(.[2]) known" end)
    + (if .why then " (\(.why))" else "" end)) | (.[:12] | join("\n")) + (if length > 12 then "\n…" else "" end);
def state($v): if $v < 0 then judged | map(witness) | worst else judged | map(verdict($v)) | worst_verdict end;
# One cell of a 16x16 map.
def cell($v; $op; $ud; $sets): . as $s
  | if $s == null or $s == [] then
      (if $ud[$op | tostring] then "<td class=\"oc u\" title=\"undefined: \($ud[$op | tostring]) cases\">" else "<td class=\"oc o\">" end)
      + "<b>\($op | hex2)</b></td>"
    else ($s | state($v)) as $c | ($s | names) as $n
      | "<td class=\"oc \($c)\" title=\"\($s | tip($v; $sets) | esc)\"><b>\($op | hex2)</b>"
        + "\($n[0] | esc)\(if ($n | length) > 1 then " +\(($n | length) - 1)" else "" end)</td>" end;
def digits16: "<tr><th></th>" + ([range(16)] | map("<th>_\(. | hex2 | .[1:])</th>") | join("")) + "</tr>";
# $of: slots by opcode.  Only rows with something in them.
def map16($v; $of; $ud; $sets): "<table class=opmap>" + digits16
  + ([range(16) as $r | select(any(range(16); . as $c | $of[16 * $r + $c | tostring] or $ud[16 * $r + $c | tostring]))
      | "<tr><th>\($r | hex2 | .[1:])_</th>" + ([range(16) as $c | (16 * $r + $c) as $op
          | $of[$op | tostring] | cell($v; $op; $ud; $sets)] | join("")) + "</tr>"] | join("\n")) + "</table>";
# One escape: /digits by memory and ST(i).
def esc9($v; $op; $of; $sets): "<table class=\"opmap x87\"><tr><th>\($op | hex2)</th><th>mem</th>"
  + ([range(8)] | map("<th>ST\(.)</th>") | join("")) + "</tr>"
  + ([range(8) as $d | "<tr><th>/\($d)</th>"
      + ([null, range(8)] | map(. as $i
          | $of["\($op) \(if $i == null then "m\($d)" else "r\(192 + 8 * $d + $i)" end)"] as $s
          | if $s then "<td class=\"oc \([$s] | state($v))\" title=\"\([$s] | tip($v; $sets) | esc)\">\($s.n | esc)</td>"
            else "<td class=\"oc o\"></td>" end) | join("")) + "</tr>"] | join("\n")) + "</table>";
def maps($v; $by; $x87; $ud; $sets):
  "<h3>One byte</h3><div class=wide>\(map16($v; $by["0 0"] // {}; $ud["0"] // {}; $sets))</div>",
  "<h3>0F</h3><div class=wide>\(map16($v; $by["1 0"] // {}; $ud["1"] // {}; $sets))</div>",
  "<h3>F3 0F</h3><div class=wide>\(map16($v; $by["1 2"] // {}; {}; $sets))</div>",
  "<h3>x87: D8 to DF</h3><div class=escapes>\([range(216; 224) | esc9($v; .; $x87; $sets)] | join(""))</div>",
  "<details><summary>66 0F, F2 0F: newer than the Pentium III, not required</summary><div class=wide>\(map16($v; $by["1 1"] // {}; {}; $sets))\(map16($v; $by["1 3"] // {}; {}; $sets))</div></details>";
def row($v; $vmm): "<tr><td><code>\(.k)</code></td><td>\(.n | esc)</td><td class=n>\(.v[$v][0])</td><td class=n>\(.v[$v][1])</td>"
  + "<td><code>\(.bad[$vmm] | esc)</code><br><code>\({vmm: $vmm, test: .bad[$vmm], ref: $run[0].reference} | again($run[0]) | esc)</code></td></tr>";
def legend($pairs): "<p class=\"legend\">" + ($pairs | map("<span class=\"oc \(.[0])\">\(.[1])</span>") | join(" ")) + "</p>";
. as $in | .vmms as $vmms | (.sets // []) as $sets
| (.slots | map(select(.later | not))) as $p3
| (reduce (.slots[] | select(.map < 2)) as $s ({}; .["\($s.map) \($s.p)"][$s.op | tostring] += [$s])) as $by
| (reduce (.slots[] | select(.map == 2)) as $s ({};
     .["\($s.op) " + (if $s.f == "m" then "m\($s.d)" else "r\($s.m)" end)] = $s)) as $x87
| (reduce .undefined[] as $u ({}; .[$u.map | tostring][$u.op | tostring] = $u.cases)) as $ud
| "<section id=opcodes><h2>Opcode maps</h2>",
"<p class=note>Every encoding that a processor up to the Pentium III has: \($p3 | length). The list is made by decoding all of them; a cell stands for all its encodings "
+ "(memory and register forms, /digits) and shows the worst. A case counts for what its code executes up to the first jump.</p>",
"<p>Of \($p3 | length) encodings: \($p3 | map(select(witness == "s")) | length) have a case that silicon has witnessed, "
+ "\($p3 | map(select(witness == "m")) | length) only cases that cite the manual, \($p3 | map(select(witness == "r")) | length) only what emulators say, "
+ "\($p3 | map(select(witness == "e")) | length) a hole with a reason, \($p3 | map(select(witness == "h")) | length) a hole."
+ ($sets | map(.name) | to_entries | map(.key as $k | " \($p3 | map(select(.vec[$k] > 0)) | length) are in the \($sets[$k].vectors) vectors of \(.value | esc) (\($sets[$k].chip | esc))") | if . == [] then "" else join(",") + "." end) + "</p>",
"<div class=views>",
(([-1] + [range($vmms | length)]) as $views
 | ($views[] | "<input type=radio name=opview id=\"opv\(.)\"\(if . < 0 then " checked" else "" end)><label for=\"opv\(.)\">\(if . < 0 then "Witness" else $vmms[.] | esc end)</label>"),
   "<style>" + ($views | map("#opv\(.):checked~#opp\(.)") | join(",")) + "{display:block}</style>",
   ($views[] as $v | "<div class=view id=\"opp\($v)\">",
      (if $v < 0 then legend([["s", "silicon"], ["m", "manual"], ["r", "emulators only"], ["e", "hole, explained"], ["h", "hole"], ["y", "newer, no case"], ["u", "undefined, tested"], ["o", "undefined"]])
       else legend([["p", "passed"], ["k", "known difference"], ["f", "failed"], ["x", "not run"], ["u", "undefined, tested"], ["o", "undefined"]]) end),
      maps($v; $by; $x87; $ud; $sets),
      (if $v < 0 then
         ($in.slots | map(select(.why)) | if . == [] then empty else
            "<h3>Holes and why</h3><ul>" + (map("<li><code>\(.k)</code> \(.n | esc): \(.why | esc)</li>") | join("")) + "</ul>" end),
         ($p3 | map(select(witness == "h" or witness == "r")) | if . == [] then empty else
            "<h3>Not covered in this run</h3><p class=mono>" + (.[:400] | map("\(.k) \(.n | esc)") | join(", ")) + (if length > 400 then ", … and \(length - 400) more" else "" end) + "</p>" end)
       else $vmms[$v] as $vmm | ($in.slots | map(select(.v[$v][1] > 0))) as $bad
         | if $bad == [] then "<p>No encoding fails on \($vmm | esc).</p>" else
             "<details><summary>\($bad | length) encodings with failing cases, one of each</summary><div class=wide><table><tr><th>encoding</th><th></th><th class=n>passed</th><th class=n>failed</th><th>a failing case, and how to run it alone</th></tr>"
             + ($bad | map(row($v; $vmm)) | join("\n")) + "</table></div></details>" end end),
      "</div>")),
"</div></section>"
