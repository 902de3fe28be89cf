/* SPDX-License-Identifier: MIT
 * Kinds of control channels; VGA text cells (IBM VGA, code page 437); names of
 * keys.
 */
#include "harness/boot/control.h"

#include <ctype.h>
#include <string.h>

bool control_init(struct control *c, const char *spec)
{
	static const struct control_ops *const kinds[] = {&control_qmp, &control_line,
							  &control_bochs, &control_file, NULL};
	const char *colon = strchr(spec, ':');
	size_t n = colon ? (size_t)(colon - spec) : strlen(spec);

	for (const struct control_ops *const *k = kinds; *k; k++) {
		if (strlen((*k)->kind) == n && !memcmp((*k)->kind, spec, n)) {
			*c = (struct control){*k, colon ? colon + 1 : "", 0, -1, -1, 0};
			return true;
		}
	}
	return false;
}

void control_cells(const unsigned char *cells, size_t bytes, char *out)
{
	char *o = out, *end = out;

	for (size_t row = 0; (row + 1) * 160 <= bytes; row++) {
		char *begin = o;

		for (int x = 0; x < 80; x++) {
			unsigned char ch = cells[row * 160 + 2 * x];

			*o++ = ch >= 0x20 && ch < 0x7f ? (char)ch : ch ? '.' : ' ';
		}
		while (o > begin && o[-1] == ' ')
			o--;
		if (o > begin)
			end = o + 1;
		*o++ = '\n';
	}
	*end = 0;
}

/* Characters that are not their own key's name, as QEMU names keys. */
static const struct {
	char ch;
	const char *name;
} chars[] = {
	{' ', "spc"},
	{'\n', "ret"},
	{'-', "minus"},
	{'=', "equal"},
	{'.', "dot"},
	{',', "comma"},
	{'/', "slash"},
	{';', "semicolon"},
	{'\'', "apostrophe"},
	{'[', "bracket_left"},
	{'\\', "backslash"},
	{']', "bracket_right"},
	{':', "shift-semicolon"},
	{'_', "shift-minus"},
	{'+', "shift-equal"},
	{'?', "shift-slash"},
	{'*', "shift-8"},
	{'(', "shift-9"},
	{')', "shift-0"},
	{'!', "shift-1"},
	{'@', "shift-2"},
	{'#', "shift-3"},
	{'$', "shift-4"},
	{'%', "shift-5"},
	{'^', "shift-6"},
	{'&', "shift-7"},
	{'"', "shift-apostrophe"},
	{'>', "shift-dot"},
	{'`', "grave_accent"},
	{'~', "shift-grave_accent"},
	{'{', "shift-bracket_left"},
	{'|', "shift-backslash"},
	{'}', "shift-bracket_right"},
};

static const char *const modifiers[] = {"ctrl-", "alt-", "shift-"};

/* Names between < and >. */
static const char *const named[][2] = {
	{"enter", "ret"}, {"esc", "esc"},       {"tab", "tab"},       {"backspace", "backspace"},
	{"up", "up"},     {"down", "down"},     {"left", "left"},     {"right", "right"},
	{"home", "home"}, {"end", "end"},       {"pgup", "pgup"},     {"pgdn", "pgdn"},
	{"space", "spc"}, {"delete", "delete"}, {"insert", "insert"}, {"lt", "shift-comma"},
	{"f1", "f1"},     {"f2", "f2"},         {"f3", "f3"},         {"f4", "f4"},
	{"f5", "f5"},     {"f6", "f6"},         {"f7", "f7"},         {"f8", "f8"},
	{"f9", "f9"},     {"f10", "f10"},       {"f11", "f11"},       {"f12", "f12"},
};

/* What stands between < and >, n bytes: modifiers, then a key by name or, after
 * a modifier, a letter or digit. */
static bool named_key(const char *text, size_t n, char *out)
{
	char *o = out;

	for (size_t i = 0; i < sizeof(modifiers) / sizeof(*modifiers); i++) {
		size_t m = strlen(modifiers[i]);

		if (n > m && !memcmp(text, modifiers[i], m)) {
			o = stpcpy(o, modifiers[i]);
			text += m;
			n -= m;
		}
	}
	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++)
		if (strlen(named[i][0]) == n && !memcmp(named[i][0], text, n)) {
			strcpy(o, named[i][1]);
			return true;
		}
	if (o == out || n != 1 || !(islower((unsigned char)*text) || isdigit((unsigned char)*text)))
		return false;
	o[0] = *text;
	o[1] = 0;
	return true;
}

const char *control_next_key(const char *text, char *out, bool *bad)
{
	const char *close;

	*bad = false;
	if (!*text)
		return NULL;
	if (*text == '<' && (close = strchr(text, '>'))) {
		*bad = !named_key(text + 1, (size_t)(close - text) - 1, out);
		return *bad ? NULL : close + 1;
	}
	if (islower((unsigned char)*text) || isdigit((unsigned char)*text)) {
		out[0] = *text;
		out[1] = 0;
		return text + 1;
	}
	if (isupper((unsigned char)*text)) {
		memcpy(out, "shift-", 6);
		out[6] = (char)tolower((unsigned char)*text);
		out[7] = 0;
		return text + 1;
	}
	for (size_t i = 0; i < sizeof(chars) / sizeof(*chars); i++)
		if (chars[i].ch == *text) {
			strcpy(out, chars[i].name);
			return text + 1;
		}
	*bad = true;
	return NULL;
}
