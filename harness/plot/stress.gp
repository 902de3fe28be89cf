# SPDX-License-Identifier: MIT
# A stress run over its minutes: memory, mappings, translation cache.  data: TSV of
# `vmproof stress` with a head line; begin, from, end: seconds.
set termoption noenhanced
set datafile separator "\t"
set datafile missing ""
if (kind eq 'png') {
	set terminal pngcairo size 900, 760 font 'DejaVu Sans,11' noenhanced
} else {
	set terminal svg size 900, 760 font 'DejaVu Sans,11' noenhanced
}
set output out
set multiplot layout 4, 1 margins 0.1, 0.97, 0.07, 0.96 spacing 0.06
set border 3 lc rgb '#8a93a3'
set grid lc rgb '#d5dae3'
set key at graph 1, graph 1.14 right top horizontal samplen 2
set xrange [0 : *]
set yrange [0 : *]
set arrow 1 from first begin / 60.0, graph 0 to first begin / 60.0, graph 1 nohead lc rgb '#8a93a3'
set arrow 2 from first from / 60.0, graph 0 to first from / 60.0, graph 1 nohead lc rgb '#8a93a3' dt 2
set arrow 3 from first end / 60.0, graph 0 to first end / 60.0, graph 1 nohead lc rgb '#8a93a3'
plot data every ::1 using ($1 / 60):($2 / 1024) with lines lc rgb '#2f6fdb' title 'RSS (MiB)', \
	data every ::1 using ($1 / 60):($3 / 1024) with lines lc rgb '#3f9b62' title 'Pss', \
	data every ::1 using ($1 / 60):($5 / 1024) with linespoints pt 7 ps 0.4 lc rgb '#e08a2c' title 'window dropped'
plot data every ::1 using ($1 / 60):4 with lines lc rgb '#2f6fdb' title 'host mappings', \
	data every ::1 using ($1 / 60):6 with linespoints pt 7 ps 0.4 lc rgb '#e08a2c' title 'window dropped', \
	data every ::1 using ($1 / 60):7 with lines lc rgb '#3f9b62' title 'LDT slots'
plot data every ::1 using ($1 / 60):8 with lines lc rgb '#2f6fdb' title 'translation units'
set xlabel 'minutes since power-on'
plot data every ::1 using ($1 / 60):14 with lines lc rgb '#c7504f' title 'ticks to follow', \
	data every ::1 using ($1 / 60):($12 - $13 - $14) with lines lc rgb '#2f6fdb' title 'ticks due, neither delivered nor to follow'
unset multiplot
