# SPDX-License-Identifier: MIT
# Seconds from the start of the VMM to the last milestone, one group of bars per
# guest.  data: TSV of report/boottsv.jq, first line: the names of the VMMs.
set termoption noenhanced
set datafile separator "\t"
set datafile missing "?"
n = words(vmms)
rows = system(sprintf("wc -l <'%s'", data)) - 1
h = 110 + 20 * rows * (n > 1 ? n : 1)
if (kind eq 'png') {
	set terminal pngcairo size 900, h font 'DejaVu Sans,11' noenhanced
} else {
	set terminal svg size 900, h font 'DejaVu Sans,11' noenhanced
}
set output out
set style fill solid 0.85 noborder
set key above horizontal
set logscale x 10
set grid x lc rgb '#d5dae3'
set border 3 lc rgb '#8a93a3'
set xlabel 'seconds to the last milestone that all VMMs have (median, by the clock)'
set yrange [rows - 0.5 : -0.5]
set lmargin at screen 190.0 / 900
set rmargin at screen 1 - 60.0 / 900
set bmargin at screen 60.0 / h
set tmargin at screen 1 - 36.0 / h
set ytics scale 0
low = 0.01
set xrange [low : *]
array colour[6] = ['#2f6fdb', '#e08a2c', '#3f9b62', '#a05bb5', '#c7504f', '#6a7485']
w = 0.8 / n
label(v) = v < 1000 ? sprintf(' %.3g', v) : sprintf(' %.0f', v)
plot for [i = 1:n] data every ::1 using (low):($0 - 0.4 + (i - 0.5) * w):(low):(column(i + 1)):($0 - 0.4 + (i - 1) * w):($0 - 0.4 + i * w) \
	with boxxyerror lc rgb colour[i] title word(vmms, i), \
	for [i = 1:n] data every ::1 using (column(i + 1)):($0 - 0.4 + (i - 0.5) * w):(label(column(i + 1))) \
	with labels left font ',9' notitle, \
	data every ::1 using (low):0:ytic(1) with points ps 0 notitle
