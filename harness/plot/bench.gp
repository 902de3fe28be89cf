# SPDX-License-Identifier: MIT
# Phases of guests' work: time relative to the other VMM's median.  data: TSV of
# report/benchtsv.jq; ours, theirs: names.
set termoption noenhanced
set datafile separator "\t"
set datafile missing ""
rows = system(sprintf("wc -l <'%s'", data)) - 1
h = 120 + 40 * rows
if (kind eq 'png') {
	set terminal pngcairo size 900, h font 'DejaVu Sans,11' noenhanced
} else {
	set terminal svg size 900, h font 'DejaVu Sans,11' noenhanced
}
set output out
set style fill solid 0.85 noborder
set key above horizontal
set grid x lc rgb '#d5dae3'
set border 3 lc rgb '#8a93a3'
set xlabel sprintf('time of %s divided by that of %s (1 = its median); lines: least to most', ours, theirs)
set xrange [0 : *]
set yrange [rows - 0.5 : -0.5]
set ytics scale 0
set lmargin at screen 190.0 / 900
set rmargin at screen 1 - 40.0 / 900
set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead lc rgb '#3b4252'
plot data every ::1 using (0):($0 - 0.35):(0):2:($0 - 0.35):($0 - 0.02) with boxxyerror lc rgb '#2f6fdb' title 'by the clock', \
	data every ::1 using (0):($0 + 0.02):(0):5:($0 + 0.02):($0 + 0.35) with boxxyerror lc rgb '#e08a2c' title 'processor time', \
	data every ::1 using 2:($0 - 0.18):3:4 with xerrorbars ps 0 lc rgb '#3b4252' notitle, \
	data every ::1 using 5:($0 + 0.18):6:7 with xerrorbars ps 0 lc rgb '#3b4252' notitle, \
	data every ::1 using 10:0 with points pt 9 ps 1.4 lc rgb '#c7504f' title 'goal', \
	data every ::1 using (0):0:ytic(1) with points ps 0 notitle
