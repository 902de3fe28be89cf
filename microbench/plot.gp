# SPDX-License-Identifier: MIT
# Microbenchmark chart: up to three panels of clustered bars on a log scale.
# Called by plot.sh with: dir (tables), kind (svg or png), out (file).
# Bars of the first two panels grow from the 1.0 line: up is slower than native.
if (kind eq 'png') {
	set terminal pngcairo size 1800,1600 noenhanced font 'DejaVu Sans,13' background 'white'
} else {
	set terminal svg size 1800,1600 noenhanced font 'DejaVu Sans,13' background 'white'
}
set output out
set termoption noenhanced

colours = '#1565c0 #ef8a17 #9e9e9e'
width = 0.28

set border 3 lc '#555555'
set tics nomirror out
set xtics rotate by -35 offset -0.5,0.3 scale 0
set grid ytics lc '#dddddd' lt 1
set logscale y
set format y '%g'
set style fill solid 1.0 noborder
set lmargin 11
set bmargin 5
set tmargin 4

rows(f) = int(system("wc -l <'" . f . "'"))
last(f) = real(system("tail -n 1 '" . f . "' | cut -f 1"))
used(f, c) = int(system("cut -f " . c . " '" . f . "' | grep -cv NaN || true"))
failed(f) = int(system("grep -c ERR '" . f . "' || true"))
classes(f) = system("cut -f 3 '" . f . "' | uniq | tr '\n' ' '")
# Middle of a class, for its label.
middle(f, c) = real(system("awk -F'\t' -v c=" . c . \
	" '$3 == c { if (!n++) a = $1; b = $1 } END { print (a + b) / 2 }' '" . f . "'"))
name(i) = (i == 1 ? 'refvmm' : i == 2 ? 'QEMU TCG' : 'Bochs')

set multiplot layout 3,1

do for [p = 1:3] {
	f = dir . '/' . word('ring3 ring0 system', p)
	if (rows(f) == 0) { set multiplot next; continue }
	unset arrow
	unset label
	set key outside top right horizontal samplen 2 width 2
	end = last(f) < 20 ? 20 : last(f)
	set xrange [-0.8 : end + 0.8]
	if (p == 3) {
		set label 100 'Privileged operations, no native form: ns per iteration, kernel.ring' \
			at graph 0, graph 1.16 left font ',16'
		set ylabel 'ns'
		set yrange [1 : *]
	} else {
		set label 100 (p == 1 ? 'Ring 3' : 'Ring 0') . \
			': times native (red: 1.0x; less is better; cut at 0.1)' \
			at graph 0, graph 1.16 left font ',16'
		set ylabel 'times native'
		set yrange [0.1 : 2000]
		set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead lw 1.5 lc '#c62828' front
	}
	tag = 1
	do for [c in classes(f)] {
		x = middle(f, c)
		set label tag sprintf('%s', c) at first x, graph 1.04 center tc '#444444'
		tag = tag + 1
	}
	plot for [i = 1:3] f using \
		($1 + (i - 2) * width):(column(3 + i)):($1 + (i - 2.5) * width): \
		($1 + (i - 1.5) * width):(1):(column(3 + i)) \
		with boxxyerrorbars lc rgb word(colours, i) \
		title (used(f, 3 + i) ? name(i) : ''), \
		for [i = 1:3] f using ($1 + (i - 2) * width): \
		(strcol(3 + i) eq 'ERR' ? (p == 3 ? 1.3 : 1) : NaN) \
		with points pt 2 ps 1.5 lw 2 lc '#c62828' \
		title (failed(f) && i == 1 ? 'failed' : ''), \
		f using 1:(NaN):xtic(2) with points notitle
}
unset multiplot
