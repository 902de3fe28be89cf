/* SPDX-License-Identifier: MIT
 * A scripted VMM: it "boots" an image of the fake case tool (harness/fake/cases)
 * and speaks the result protocol, well or badly as the script says.  The harness
 * tests itself with it.
 *
 *   fake_vmm IMAGE SCRIPT
 *
 * IMAGE: first line "FAKE digest", then case numbers, one per line.
 * SCRIPT: lines "NUMBER|* ACTION", first match counts; # starts a comment.
 *   wrong     a different result        undef     different in the masked part
 *   order     different unless alone    hang      stops talking, runs on
 *   hang-order  hangs unless alone      flip      one bit of the record damaged
 *   crash     SIGSEGV                   exit N    leaves with status N
 *   drop      no record                 twice     record sent twice
 *   swap      record after the next START         cut   stops inside the record
 *   reboot    starts from PLAN again    corrupt   runtime damage reported after
 *   noise     unrelated bytes around the record   babble  talks without end
 * Special numbers: "plan ACTION" with never, count or digest; "end ACTION" with
 * never, count or crc.
 */
#include "harness/protocol.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_CASES = 4096, MAX_RULES = 256 };

static struct {
	char key[16], action[16];
	int arg;
} rules[MAX_RULES];
static int nrules;

static const char *action_for(const char *key, int *arg)
{
	for (int i = 0; i < nrules; i++)
		if (!strcmp(rules[i].key, key) || (rules[i].key[0] == '*' && key[0] <= '9')) {
			*arg = rules[i].arg;
			return rules[i].action;
		}
	return "";
}

static void read_script(const char *path)
{
	FILE *f = fopen(path, "r");
	char line[128];

	if (!f) {
		perror(path);
		exit(2);
	}
	while (fgets(line, sizeof(line), f) && nrules < MAX_RULES)
		if (line[0] != '#' && sscanf(line, "%15s %15s %d", rules[nrules].key,
					     rules[nrules].action, &rules[nrules].arg) >= 2)
			nrules++;
	fclose(f);
}

static void hang(void)
{
	fflush(stdout);
	for (;;)
		pause();
}

/* The result word: upper half compared, lower half "undefined". */
static u32 result(u32 num)
{
	return (num * 2654435761u) & 0xffff0000u;
}

static u32 chain;

static void record(u32 num, u32 value, bool flip, bool cut)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "R %u %08x", num, value);
	u32 crc = proto_crc32(0, line, (size_t)n);

	chain = proto_crc32(chain, line, (size_t)n);
	if (flip)
		line[n - 1] ^= 1;
	snprintf(line + n, sizeof(line) - (size_t)n, " %08x", crc);
	if (cut) {
		printf("%.8s", line);
		fflush(stdout);
		exit(1);
	}
	puts(line);
}

static void run_case(const u32 *list, int n, int i)
{
	char key[16];
	int arg = 0;
	u32 num = list[i], value = result(num);
	const char *a;
	bool alone = n == 1;

	snprintf(key, sizeof(key), "%u", num);
	a = action_for(key, &arg);
#define IS(s) (!strcmp(a, s))
	printf("START %u\n", num);
	fflush(stdout);
	if (IS("hang") || (IS("hang-order") && !alone))
		hang();
	if (IS("babble"))
		for (;;)
			puts("INFO again");
	if (IS("crash"))
		raise(SIGSEGV);
	if (IS("exit"))
		exit(arg);
	if (IS("wrong") || (IS("order") && !alone))
		value ^= 0x80000000u;
	if (IS("undef"))
		value ^= 1;
	if (IS("noise"))
		printf("(0).[1532] vmm message\n");
	if (IS("swap") && i + 1 < n)
		printf("START %u\n", list[i + 1]);
	if (!IS("drop"))
		record(num, value, IS("flip"), IS("cut"));
	if (IS("twice"))
		record(num, value, false, false);
	if (IS("corrupt")) {
		printf("CORRUPT stack canary\n");
		exit(1);
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static u32 list[MAX_CASES];
	char digest[17] = "", key[16];
	const char *plan, *end;
	int n = 0, arg = 0;
	bool again = false;
	FILE *f;

	if (argc != 3 || !(f = fopen(argv[1], "r")) || fscanf(f, "FAKE %16s", digest) != 1) {
		fprintf(stderr, "fake_vmm: usage: fake_vmm IMAGE SCRIPT\n");
		return 2;
	}
	while (n < MAX_CASES && fscanf(f, "%u", &list[n]) == 1)
		n++;
	fclose(f);
	read_script(argv[2]);
	plan = action_for("plan", &arg);
	end = action_for("end", &arg);
	if (!strcmp(plan, "never"))
		return 1;
restart:
	printf("INFO channel fake\nPLAN %d %s\n", n + !strcmp(plan, "count"),
	       strcmp(plan, "digest") ? digest : "00000000");
	for (int i = 0; i < n; i++) {
		run_case(list, n, i);
		snprintf(key, sizeof(key), "%u", list[i]);
		if (!strcmp(action_for(key, &arg), "reboot") && !again) {
			again = true;
			goto restart;
		}
	}
	if (!strcmp(end, "never"))
		hang();
	printf("END %d %08x\n", n + !strcmp(end, "count"), chain ^ !strcmp(end, "crc"));
	return 1;
}
