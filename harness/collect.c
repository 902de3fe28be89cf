/* SPDX-License-Identifier: MIT
 * Turn the raw bytes of a result channel into one JSON line per selected case.
 *
 *   collect --cases FILE --digest HEX|- [--records FILE] [--summary FILE] CHANNEL
 *
 * FILE lists the numbers of the cases that were in the image, one per line.
 * --digest is what PLAN must announce ("-": not checked).  --records gets the
 * lines of the whole records, for comparison and for joining several runs; --summary one JSON
 * object about the log as a whole.
 *
 * Output: {"num":7,"state":"ok|lost|open|rest","why":null|"text"} per case.
 * Exit: 0 done (whatever was in the channel), 2 usage, 3 a file cannot be read
 * or written.
 */
#include "harness/jsonout.h"
#include "harness/protocol.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static __attribute__((noreturn)) void die(int code, const char *what, const char *name)
{
	fprintf(stderr, "collect: %s '%s'\n", what, name);
	exit(code);
}

static void *grow(void *old, size_t size, const char *path)
{
	void *p = realloc(old, size);

	if (!p)
		die(3, strerror(ENOMEM), path);
	return p;
}

/* The whole file with a terminating 0; `*len` without it. */
static char *slurp(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	size_t cap = 1 << 16, got;
	char *buf = grow(NULL, cap + 1, path);

	if (!f)
		die(3, strerror(errno), path);
	*len = 0;
	while ((got = fread(buf + *len, 1, cap - *len, f)) > 0) {
		*len += got;
		if (*len == cap) {
			cap *= 2;
			buf = grow(buf, cap + 1, path);
		}
	}
	if (ferror(f))
		die(3, strerror(errno), path);
	fclose(f);
	buf[*len] = 0;
	return buf;
}

static int by_num(const void *a, const void *b)
{
	const struct proto_case *x = a, *y = b;

	return (x->num > y->num) - (x->num < y->num);
}

static struct proto_case *read_cases(const char *path, size_t *n)
{
	size_t len, cap = 1024;
	char *text = slurp(path, &len), *p = text, *end;
	struct proto_case *c = grow(NULL, cap * sizeof(*c), path);

	*n = 0;
	for (;; p = end) {
		unsigned long v = strtoul(p, &end, 10);

		if (end == p)
			break;
		if (*n == cap) {
			cap *= 2;
			c = grow(c, cap * sizeof(*c), path);
		}
		c[(*n)++] = (struct proto_case){.num = (u32)v};
	}
	while (*p == '\n' || *p == ' ')
		p++;
	if (*p || !*n)
		die(2, *n ? "not a list of numbers:" : "no case in", path);
	qsort(c, *n, sizeof(*c), by_num);
	free(text);
	return c;
}

static FILE *create(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f)
		die(3, strerror(errno), path);
	return f;
}

static void finish(FILE *f, const char *path)
{
	if (ferror(f) | fclose(f))
		die(3, "cannot write", path);
}

static void nullable(FILE *f, const char *s)
{
	if (s && *s)
		json_string(f, s);
	else
		fputs("null", f);
}

static void write_summary(const char *path, const struct proto_log *log, size_t n,
			  const char *digest)
{
	const char *why = NULL;
	FILE *f = create(path);

	if (!log->plan)
		why = "no PLAN line";
	else if (log->plan_count != n)
		why = "PLAN announces another number of cases than was selected";
	else if (strcmp(digest, "-") && strcmp(digest, log->digest))
		why = "PLAN announces another case table";
	fprintf(f, "{\"plan\":%s,\"plan_why\":", log->plan ? "true" : "false");
	nullable(f, why);
	fprintf(f, ",\"digest\":");
	nullable(f, log->digest);
	fprintf(f, ",\"end\":%s,\"end_why\":", log->end ? "true" : "false");
	nullable(f, log->end_why);
	fprintf(f, ",\"reboot\":%s,\"corrupt\":", log->reboot ? "true" : "false");
	nullable(f, log->corrupt);
	fputs(",\"gave_up\":", f);
	nullable(f, log->gave_up);
	fprintf(f, ",\"last\":%lld,\"records\":%u,\"unexpected\":%u,\"garbled\":%u}\n",
		(long long)log->last, log->records, log->unexpected, log->garbled);
	finish(f, path);
}

int main(int argc, char **argv)
{
	static const struct option opts[] = {
		{"cases", 1, 0, 'c'},   {"digest", 1, 0, 'd'}, {"records", 1, 0, 'r'},
		{"summary", 1, 0, 's'}, {0, 0, 0, 0},
	};
	static const char *const state[] = {"rest", "ok", "lost", "open"};
	const char *cases = NULL, *digest = NULL, *records = NULL, *summary = NULL;
	struct proto_case *list;
	struct proto_log log;
	size_t n, len;
	char *text;
	FILE *f;
	int c;

	while ((c = getopt_long(argc, argv, "", opts, NULL)) != -1) {
		switch (c) {
		case 'c':
			cases = optarg;
			break;
		case 'd':
			digest = optarg;
			break;
		case 'r':
			records = optarg;
			break;
		case 's':
			summary = optarg;
			break;
		default:
			return 2;
		}
	}
	if (!cases || !digest || optind != argc - 1)
		die(2, "needs --cases, --digest and one channel file, not", argv[argc - 1]);
	list = read_cases(cases, &n);
	text = slurp(argv[optind], &len);
	proto_parse(text, len, list, n, &log);
	for (size_t i = 0; i < n; i++) {
		printf("{\"num\":%u,\"state\":\"%s\",\"why\":", list[i].num, state[list[i].state]);
		nullable(stdout, list[i].why);
		printf("}\n");
	}
	if (fflush(stdout))
		die(3, "cannot write", "stdout");
	if (records) {
		f = create(records);
		for (size_t i = 0; i < n; i++)
			if (list[i].state == PROTO_OK)
				fprintf(f, "%.*s\n", (int)list[i].line_len, list[i].line);
		finish(f, records);
	}
	if (summary)
		write_summary(summary, &log, n, digest);
	return 0;
}
