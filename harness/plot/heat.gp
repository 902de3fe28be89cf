# SPDX-License-Identifier: MIT
# Groups by VMMs, coloured by failing share.  data: TSV of report/chart.jq.
set termoption noenhanced
set datafile separator "\t"
stats data using 1 name 'X' nooutput
stats data using 2 name 'Y' nooutput
w = 260 + 190 * (X_max + 1)
h = 70 + 34 * (Y_max + 1)
if (kind eq 'png') {
	set terminal pngcairo size w, h font 'DejaVu Sans,11' noenhanced
} else {
	set terminal svg size w, h font 'DejaVu Sans,11' noenhanced
}
set output out
unset key
unset border
set tics scale 0
set xrange [-0.5 : X_max + 0.5]
set yrange [Y_max + 0.5 : -0.5]
set lmargin at screen 200.0 / w
set rmargin at screen 1 - 20.0 / w
set tmargin at screen 1 - 46.0 / h
set bmargin at screen 14.0 / h
set x2range [-0.5 : X_max + 0.5]
unset xtics
set x2tics scale 0
plot data using 1:2:(0.485):(0.46):5:x2tic(3):ytic(4) with boxxyerror fs solid 1.0 noborder lc rgb variable axes x2y1, \
	data using 1:2:6 with labels tc rgb '#1d2430' axes x2y1
