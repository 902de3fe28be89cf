# SPDX-License-Identifier: MIT
# Passed and failed cases and times of earlier runs, by VMM.  data: TSV of
# report/historytsv.jq.
set termoption noenhanced
set datafile separator "\t"
set terminal svg size 900, 560 font 'DejaVu Sans,11' noenhanced
set output out
vmms = system("cut -f 2 '" . data . "' | sort -u | tr '\\n' ' '")
set multiplot layout 3, 1 margins 0.1, 0.97, 0.09, 0.93 spacing 0.06
set border 3 lc rgb '#8a93a3'
set grid lc rgb '#d5dae3'
set tics nomirror
set xtics 1 format ''
set yrange [0 : *]
of(v) = sprintf("< awk -F '\t' '$2 == \"%s\"' '%s'", v, data)
set key at graph 1, graph 1.22 right top horizontal samplen 2
set ylabel 'passed'
plot for [v in vmms] of(v) using 1:3 with linespoints pt 7 ps 0.7 title v
unset key
set ylabel 'failed'
plot for [v in vmms] of(v) using 1:4 with linespoints pt 7 ps 0.7 title v
set ylabel 'VM seconds'
set xtics format '%g'
set xlabel 'run'
plot for [v in vmms] of(v) using 1:5 with linespoints pt 7 ps 0.7 title v
unset multiplot
