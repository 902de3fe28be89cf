# SPDX-License-Identifier: MIT
# Rows of one chart panel from a microbenchmark record (slurped JSON Lines):
# position, name, class, refvmm, QEMU, Bochs, tab separated; "NaN" for not
# measured, "ERR" for a wrong or missing result.
# Sorted by class, then by refvmm's value (QEMU's where refvmm has none); one
# position is left free between classes.
# Panels: ring3, ring0 (times native), system (ns, kernels without native form).

def classes: ["integer", "calls", "fpu-rep", "system", "smc", "mode16"];
def figure: if type == "number" then . else null end;

(map(select(.vmm == "native") | .kernel) | unique) as $native
| (if $panel == "system" then "ns_per_iter" else "x_native" end) as $value
| map(select(.vmm != "native" and .result != "not run"))
| map(select(
	(.kernel | IN($native[])) as $has
	| if $panel == "ring3" then $has and .ring == 3
	  elif $panel == "ring0" then $has and .ring == 0
	  else $has | not end))
| group_by([.kernel, .ring])
| map(
	(map({key: .vmm, value: (if .result == "ok" then .[$value] | figure else "ERR" end)})
	 | from_entries) as $v
	| .[0]
	| {name: (if $panel == "system" then "\(.kernel).\(.ring)" else .kernel end),
	   class: .class,
	   order: (.class as $c | classes | index($c)),
	   v: [$v.refvmm, $v["qemu-tcg"], $v.bochs]})
| sort_by([.order, (.v | map(select(type == "number")) | .[0] // 0), .name])
| reduce .[] as $r ({x: 0, last: null, out: []};
	(if .last != null and .last != $r.class then .x += 1 else . end)
	| .out += [[.x, $r.name, $r.class] + ($r.v | map(. // "NaN"))]
	| .x += 1
	| .last = $r.class)
| .out[]
| @tsv
