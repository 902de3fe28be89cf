/* SPDX-License-Identifier: MIT
 * Build-time tool: prints docs/cli.md (`make docs-cli`).
 */
#include "refvmm/options.h"

int main(void)
{
	options_print_markdown(stdout);
	return fflush(stdout) || ferror(stdout);
}
