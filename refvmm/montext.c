/* SPDX-License-Identifier: MIT
 * See montext.h.
 */
#include "refvmm/montext.h"

struct out {
	char *at;
	u32 room; /* bytes left, the terminator included */
};

static void put(struct out *o, char c)
{
	if (o->room > 1) {
		*o->at++ = c;
		o->room--;
	}
}

static void put_number(struct out *o, u32 value, u32 base, u32 width)
{
	char digit[10];
	u32 n = 0;

	do {
		digit[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	for (; width > n; width--)
		put(o, '0');
	while (n)
		put(o, digit[--n]);
}

static void put_string(struct out *o, const char *s)
{
	while (*s)
		put(o, *s++);
}

u32 mon_vformat(char *dst, u32 size, const char *fmt, va_list ap)
{
	struct out o = {dst, size};

	for (; *fmt; fmt++) {
		u32 width = 0;
		s32 number;

		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		while (fmt[1] >= '0' && fmt[1] <= '9')
			width = width * 10 + (u32)(*++fmt - '0');
		switch (*++fmt) {
		case 's':
			put_string(&o, va_arg(ap, const char *));
			break;
		case 'c':
			put(&o, (char)va_arg(ap, int));
			break;
		case 'd':
			number = va_arg(ap, int);
			if (number < 0)
				put(&o, '-');
			put_number(&o, number < 0 ? 0u - (u32)number : (u32)number, 10, width);
			break;
		case 'u':
			put_number(&o, va_arg(ap, u32), 10, width);
			break;
		case 'x':
			put_number(&o, va_arg(ap, u32), 16, width);
			break;
		case '\0':
			fmt--;
			put(&o, '%');
			break;
		default:
			if (*fmt != '%')
				put(&o, '%');
			put(&o, *fmt);
		}
	}
	*o.at = '\0';
	return (u32)(o.at - dst);
}

u32 mon_format(char *dst, u32 size, const char *fmt, ...)
{
	va_list ap;
	u32 n;

	va_start(ap, fmt);
	n = mon_vformat(dst, size, fmt, ap);
	va_end(ap);
	return n;
}

enum mon mon_stop(struct vcpu *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	mon_vformat(v->stop_text, sizeof(v->stop_text), fmt, ap);
	va_end(ap);
	return MON_STOP;
}
