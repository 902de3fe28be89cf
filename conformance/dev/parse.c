/* SPDX-License-Identifier: MIT
 * Compiler of device scripts: lines, cases, blocks.  The language is described in
 * README.md; the statements are in statement.c.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/dev/parse.h"

static void *grown(void *v, unsigned n, size_t size)
{
	if (n & (n - 1))
		return v; /* grows at powers of two */
	v = realloc(v, (n ? 2 * n : 1) * size);
	if (!v) {
		fprintf(stderr, "conformance: out of memory\n");
		exit(3);
	}
	return v;
}

bool dev_wrong(struct parser *p, const char *format, ...)
{
	va_list ap;
	int n;

	if (*p->error)
		return false;
	n = snprintf(p->error, p->size, "%s:%u: ", p->file, p->line);
	va_start(ap, format);
	if (n > 0 && (size_t)n < p->size)
		vsnprintf(p->error + n, p->size - (size_t)n, format, ap);
	va_end(ap);
	return false;
}

struct dev_step *dev_add_step(struct parser *p, u8 op, u8 size)
{
	struct devcase *c = p->target;
	struct dev_step *s;

	c->step = grown(c->step, c->nstep, sizeof *c->step);
	c->step_line = grown(c->step_line, c->nstep, sizeof *c->step_line);
	c->step_line[c->nstep] = p->line;
	s = &c->step[c->nstep++];
	*s = (struct dev_step){.op = op, .size = size};
	return s;
}

struct dev_expect *dev_add_log(struct parser *p, unsigned bytes)
{
	struct devcase *c = p->target;
	struct dev_expect *e;

	if (c->log + bytes > DEV_LOG_MAX) {
		dev_wrong(p, "more than %u bytes are recorded", DEV_LOG_MAX);
		bytes = 0;
	}
	c->exp = grown(c->exp, c->nexp, sizeof *c->exp);
	e = &c->exp[c->nexp++];
	*e = (struct dev_expect){.line = p->line, .at = (u16)c->log, .size = (u8)bytes};
	c->log += bytes;
	return e;
}

/* Splits a line at blanks; returns how many words there are. */
static unsigned words(char *s, char **w, unsigned max)
{
	unsigned n = 0;

	for (s = strtok(s, " \t"); s && n < max; s = strtok(NULL, " \t"))
		w[n++] = s;
	return n;
}

static struct devcase *find_block(struct parser *p, const char *name)
{
	unsigned i;

	for (i = 0; i < p->nblock; i++)
		if (!strcmp(p->block[i].name, name))
			return &p->block[i];
	return NULL;
}

bool dev_use(struct parser *p, const char *name)
{
	const struct devcase *b = find_block(p, name);
	unsigned i;

	if (!b || b == p->target)
		return dev_wrong(p, "no block '%s' before this line", name);
	for (i = 0; i < b->nstep; i++)
		*dev_add_step(p, 0, 0) = b->step[i];
	for (i = 0; i < b->nexp; i++) {
		u16 at;
		struct dev_expect *e = dev_add_log(p, b->exp[i].size);

		at = e->at;
		*e = b->exp[i];
		e->at = at;
	}
	p->target->complete |= b->complete;
	return true;
}

static bool finish(struct parser *p)
{
	struct devcase *c = p->target;

	p->target = NULL;
	if (p->trying)
		return dev_wrong(p, "a try without until");
	if (!c || !*c->group)
		return true; /* a block */
	if (!c->nexp)
		return dev_wrong(p, "case %s says nothing of what it sees", c->name);
	if (!*c->cite)
		return dev_wrong(p, "case %s cites nothing", c->name);
	return true;
}

static bool needs(struct parser *p, char **w, unsigned n, u32 *need)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		int bit = dev_need_find(w[i], strlen(w[i]));

		if (bit < 0)
			return dev_wrong(p, "no need '%s'", w[i]);
		*need |= 1u << bit;
	}
	return true;
}

static bool begin_block(struct parser *p, const char *name)
{
	struct devcase *b;

	if (find_block(p, name))
		return dev_wrong(p, "block %s twice", name);
	if (p->nblock == DEV_BLOCKS || strlen(name) >= sizeof b->name)
		return dev_wrong(p, "too many blocks, or too long a name");
	b = &p->block[p->nblock++];
	memset(b, 0, sizeof *b);
	memcpy(b->name, name, strlen(name));
	p->target = b;
	return true;
}

static bool begin_case(struct parser *p, char **w, unsigned n)
{
	struct devlist *l = p->list;
	struct devcase *c;
	unsigned i;

	if (!*p->group)
		return dev_wrong(p, "a case before 'group'");
	if (strlen(w[0]) >= sizeof c->name || !strchr(w[0], '/') ||
	    strchr(w[0], '/') != strrchr(w[0], '/'))
		return dev_wrong(p, "'%s' is not two words with a slash between them", w[0]);
	for (i = 0; i < l->n; i++)
		if (!strcmp(l->v[i].name, w[0]) && !strcmp(l->v[i].group, p->group))
			return dev_wrong(p, "case %s twice", w[0]);
	l->v = grown(l->v, l->n, sizeof *l->v);
	c = &l->v[l->n++];
	memset(c, 0, sizeof *c);
	memcpy(c->name, w[0], strlen(w[0]));
	memcpy(c->group, p->group, sizeof c->group);
	memcpy(c->cite, p->cite, sizeof c->cite);
	c->file = p->file;
	c->line = p->line;
	c->need = p->need;
	p->target = c;
	if (n > 1 && strcmp(w[1], "need"))
		return dev_wrong(p, "behind the name may stand need ...");
	return n < 3 || needs(p, w + 2, n - 2, &c->need);
}

/* Rest of the line behind the first word. */
static char *rest(char *line)
{
	line += strcspn(line, " \t");
	return line + strspn(line, " \t");
}

static bool directive(struct parser *p, char *line, bool *taken)
{
	char text[256], *w[12] = {text};
	unsigned n;

	snprintf(text, sizeof text, "%s", line);
	n = words(text, w, 12);
	*taken = true;
	if (!strcmp(w[0], "group") && n == 2 && strlen(w[1]) < sizeof p->group) {
		memset(p->group, 0, sizeof p->group);
		memcpy(p->group, w[1], strlen(w[1]));
		p->need = 0;
		*p->cite = 0;
		return finish(p);
	}
	if (!strcmp(w[0], "need"))
		return finish(p) && needs(p, w + 1, n - 1, &p->need);
	if (!strcmp(w[0], "cite")) {
		char *to = p->target ? p->target->cite : p->cite;

		if (strlen(rest(line)) >= sizeof p->cite)
			return dev_wrong(p, "too long");
		memset(to, 0, sizeof p->cite);
		memcpy(to, rest(line), strlen(rest(line)));
		return true;
	}
	if (!strcmp(w[0], "block") && n == 2)
		return finish(p) && begin_block(p, w[1]);
	if (!strcmp(w[0], "case") && n >= 2)
		return finish(p) && begin_case(p, w + 1, n - 1);
	if (!strcmp(w[0], "end") && n == 1)
		return finish(p);
	*taken = false;
	return true;
}

/* Those of a file end with it; those of the first are everybody's. */
static void drop_blocks(struct parser *p, unsigned from)
{
	while (p->nblock > from) {
		const struct devcase *b = &p->block[--p->nblock];

		free(b->step);
		free(b->step_line);
		free(b->exp);
	}
}

static bool one_line(struct parser *p, char *line)
{
	char *s, *next, *w[DEV_WORDS];
	bool taken;
	unsigned n;

	line[strcspn(line, "#")] = 0;
	for (n = (unsigned)strlen(line); n && strchr(" \t\r", line[n - 1]);)
		line[--n] = 0;
	line += strspn(line, " \t");
	if (!*line)
		return true;
	if (!strncmp(line, "file ", 5)) {
		bool ok = finish(p);

		p->line = 0;
		if (p->nfile == 1)
			p->ncommon = p->nblock;
		if (p->nfile)
			drop_blocks(p, p->ncommon);
		p->nfile++;
		snprintf(p->files[p->nfile % DEV_FILES], sizeof p->files[0], "%s", line + 5);
		p->file = p->files[p->nfile % DEV_FILES];
		*p->group = 0;
		return ok;
	}
	if (!directive(p, line, &taken))
		return false;
	if (taken)
		return true;
	if (!p->target)
		return dev_wrong(p, "'%s' stands in no case", line);
	for (s = line; s; s = next) {
		next = strchr(s, ';');
		if (next)
			*next++ = 0;
		n = words(s, w, DEV_WORDS);
		if (n && !dev_statement(p, w, n))
			return dev_wrong(p, "'%s' is no statement, or has too few or wrong words",
					 w[0]);
	}
	return !*p->error;
}

bool dev_compile(const char *text, struct devlist *l, char *error, size_t size)
{
	static struct parser p; /* names of files live on */
	char line[256];
	bool ok = true;

	memset(l, 0, sizeof *l);
	memset(&p, 0, sizeof p);
	p.list = l;
	p.file = "?";
	p.error = error;
	p.size = size;
	*error = 0;
	while (ok && *text) {
		size_t n = strcspn(text, "\n");

		p.line++;
		if (n >= sizeof line) {
			ok = dev_wrong(&p, "line too long");
			break;
		}
		memcpy(line, text, n);
		line[n] = 0;
		text += n + (text[n] == '\n');
		ok = one_line(&p, line);
	}
	ok = ok && finish(&p) && !*error;
	drop_blocks(&p, 0);
	return ok;
}

void devlist_free(struct devlist *l)
{
	unsigned i;

	for (i = 0; i < l->n; i++) {
		free(l->v[i].step);
		free(l->v[i].step_line);
		free(l->v[i].exp);
	}
	free(l->v);
	memset(l, 0, sizeof *l);
}
