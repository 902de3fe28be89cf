/* SPDX-License-Identifier: MIT
 * Text of the small kernel, on the result channel of all guests.
 */
#include "guests/kernel/kernel.h"
#include "guests/lib/channel.h"

#include <stdarg.h>

static char line[256];
static u32 used;

static void put(char c)
{
	if (used == sizeof(line) || (c == '\n' && used)) {
		channel_write(line, used);
		used = 0;
	}
	if (c == '\n')
		channel_write("\n", 1);
	else
		line[used++] = c;
}

static void number(u32 v, u32 base, int width)
{
	char digits[12];
	int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v || n < width);
	while (n)
		put(digits[--n]);
}

static void vprint(const char *f, va_list ap)
{
	for (; *f; f++) {
		if (*f != '%') {
			put(*f);
			continue;
		}
		switch (*++f) {
		case 's':
			for (const char *s = va_arg(ap, const char *); *s; s++)
				put(*s);
			break;
		case 'd': {
			int v = va_arg(ap, int);

			if (v < 0)
				put('-');
			number(v < 0 ? -(u32)v : (u32)v, 10, 1);
			break;
		}
		case 'u':
			number(va_arg(ap, u32), 10, 1);
			break;
		case 'x':
			number(va_arg(ap, u32), 16, 8);
			break;
		case 'c':
			put((char)va_arg(ap, int));
			break;
		default:
			put(*f);
		}
	}
}

void print(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vprint(format, ap);
	va_end(ap);
}

void panic(const char *format, ...)
{
	va_list ap;

	__asm__ volatile("cli");
	print("\nKERNEL-PANIC: ");
	va_start(ap, format);
	vprint(format, ap);
	va_end(ap);
	print("\n");
	channel_exit(2);
}
