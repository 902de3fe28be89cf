# SPDX-License-Identifier: MIT
# Which cases can go into a summary on the screen of a VMM?  Its CRC is right only where
# every record is, bit for bit but undefined flags: those are left out whose result may
# differ, and those of which a difference is settled in writing.
# Input: nothing; $cases, $adj, $vmm, $engine, $ref, $refengine; output: "num TAB group TAB reason",
# the reason empty where it can.
include "adjudicate";
($adj | map(select(.wrong == $vmm or .wrong == $engine or of_ref($ref; $refengine))) | prepare) as $a
| $cases[]
| (if .summary == false then "more than one result can be right, and a summary has room for one"
   elif (.id | said($a)) != [] then "a difference is settled in writing, and a summary cannot tell it from others"
   else "" end) as $why
| [.num, .group, $why] | @tsv
