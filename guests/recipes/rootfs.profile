# Runs when root is logged in on the serial line of the test machine: compile and
# run programs, then shut down.  Lines that begin with WORK are compared between
# VMMs; BEGIN and END lines are stamped by the host.
[ "$(tty)" = /dev/ttyS0 ] || return 0
dmesg -n 1 # kernel messages would come between the letters of our lines
echo ROOTFS-LOGIN-OK
uname -sm
cd /tmp || return 0

part() { # NAME COMMAND...
	echo "BEGIN $1"
	"$@"
	echo "END $1 $?"
}

hello() {
	cat >h.c <<'X'
#include <stdio.h>
int main(void)
{
	printf("WORK hello: sizeof(void *) is %d\n", (int)sizeof(void *));
	return 0;
}
X
	gcc -O2 -Wall -o h h.c && ./h
}

# 2,000 lines: 100 functions of 19 lines, and main, which adds them up.
source_text() {
	i=0
	echo '#include <stdio.h>'
	while [ $i -lt 99 ]; do
		i=$((i + 1))
		cat <<X
static unsigned f$i(const unsigned *p, unsigned n)
{
	unsigned a = $i, b = ${i}u * 2654435761u, c = 0;

	for (unsigned k = 0; k < n; k++) {
		a += p[k] ^ (b >> (k & 7));
		b = b * 1664525u + 1013904223u;
		switch (a & 3) {
		case 0: c += a; break;
		case 1: c ^= b; break;
		case 2: c = (c << 5) | (c >> 27); break;
		default: c -= a ^ b; break;
		}
		if (c > a + $i && (b & 1))
			a = (a >> 1) | (a << 31);
	}
	return a ^ b ^ c;
}

X
	done
	echo 'int main(void)'
	echo '{'
	echo '	unsigned p[256], sum = 0;'
	echo
	echo '	for (unsigned k = 0; k < 256; k++)'
	echo '		p[k] = k * k * 31u;'
	while [ $i -gt 0 ]; do
		echo "	sum = sum * 33u + f$i(p, 256);"
		i=$((i - 1))
	done
	echo '	printf("WORK big: %08x\n", sum);'
	echo '	return 0;'
	echo '}'
}

compile() {
	gcc -O2 -o big big.c
}

archive() {
	tar -C /usr/include --sort=name --mtime=@0 --owner=0 --group=0 -cf - . | gzip -6 | wc -c |
		sed 's/^/WORK archive: /'
}

# A second disk is a tar of a job to do instead (guests/jobs).
# The kernel names disks in the order in which they answer.
job=
for disk in /dev/sd?; do
	[ -b "${disk}1" ] || job=$disk
done
if [ "$job" ]; then
	tar -xf "$job" --no-same-owner
	. ./run
	sync
	echo ROOTFS-WORK-DONE
	sleep 1 # until the line is out
	systemctl poweroff
	return 0
fi

part hello
source_text >big.c
echo "WORK lines: $(wc -l <big.c)"
part compile
./big
part archive
sync
echo ROOTFS-WORK-DONE
sleep 1 # until the line is out
systemctl poweroff
