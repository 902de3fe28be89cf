# SPDX-License-Identifier: MIT
# Chart of the policy study: a row of bars for each profile, the policy that refvmm
# has being 1.  Called by policy.sh with: table (of replay), out (SVG file).
set terminal svg size 1300,1500 noenhanced font 'DejaVu Sans,13' background 'white'
set output out
set datafile separator '\t'
set border 3 lc '#555555'
set tics nomirror out
set xtics rotate by -40 offset -0.5,0.2 scale 0
set grid ytics lc '#dddddd' lt 1
set style fill solid 1.0 noborder
set boxwidth 0.7
set lmargin 9
set rmargin 7
set bmargin 6
set key off
set yrange [0:4]
set ylabel 'cost, chosen = 1'

profiles = system("cut -f1 '" . table . "' | sed 1d | uniq | tr '\n' ' '")
set multiplot layout words(profiles),1
do for [p in profiles] {
	rows = "< awk -F'\t' -v p='" . p . "' '$1 == p' '" . table . "'"
	chosen = real(system("awk -F'\t' -v p='" . p . "' '$1 == p && $2 == \"chosen\" { print $4 }' '" . table . "'"))
	set title sprintf('%s: %.0f ms', p, chosen)
	plot rows using 0:($4 / chosen):xtic(2) with boxes lc rgb '#1565c0', \
		rows using 0:($4 / chosen < 4 ? $4 / chosen : 3.9):(sprintf('%.2f', $4 / chosen)) \
			with labels offset 0,0.5 font ',9'
}
unset multiplot
