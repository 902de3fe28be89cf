# SPDX-License-Identifier: MIT
# Counters of refvmm (--stats json), summed over the VMs of this run.
include "lib";
def rows($path): to_entries[] | (if $path == "" then .key else "\($path).\(.key)" end) as $p | .value
  | if type == "object" then rows($p) elif type == "number" then [$p, .] else empty end;
[rows("")] as $all
| "<section id=engine><h2>Engine counters</h2><p class=note>refvmm, summed over all its virtual machines of this run.</p><div class=wide><table class=cov>",
($all[] | "<tr><td><code>\(.[0] | esc)</code></td><td>\(.[1])</td></tr>"),
"</table></div></section>"
