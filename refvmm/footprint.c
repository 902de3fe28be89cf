/* SPDX-License-Identifier: MIT
 * Resident memory and mappings of this process: proc(5), statm and maps.
 */
#include "refvmm/footprint.h"

#include <stdio.h>
#include <unistd.h>

bool footprint_read(struct footprint *f)
{
	unsigned long pages = 0;
	FILE *in = fopen("/proc/self/statm", "re");
	bool good = in && fscanf(in, "%*u %lu", &pages) == 1;
	int ch;

	if (in)
		fclose(in);
	*f = (struct footprint){.rss_kb = (u64)pages * (u64)sysconf(_SC_PAGESIZE) / 1024};
	in = fopen("/proc/self/maps", "re");
	if (!in)
		return false;
	while ((ch = getc_unlocked(in)) != EOF)
		f->mappings += ch == '\n';
	fclose(in);
	return good;
}
