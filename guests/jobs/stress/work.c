/* SPDX-License-Identifier: MIT
 * What the compile loop compiles, with another SEED and other options each time: code
 * of many kinds whose result must not depend on the options.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef SEED
#define SEED 1u
#endif

struct node {
	struct node *left, *right;
	uint32_t key;
	uint64_t count;
};

static uint32_t state = SEED;

static uint32_t rnd(void)
{
	state = state * 1664525u + 1013904223u;
	return state >> 7;
}

static struct node *insert(struct node *n, uint32_t key)
{
	if (!n) {
		n = calloc(1, sizeof(*n));
		if (!n)
			exit(3);
		n->key = key;
	}
	if (key < n->key)
		n->left = insert(n->left, key);
	else if (key > n->key)
		n->right = insert(n->right, key);
	else
		n->count += (uint64_t)key << 20;
	return n;
}

static uint64_t walk(const struct node *n, unsigned depth)
{
	if (!n)
		return depth;
	return walk(n->left, depth + 1) * 3 + n->count / 7 + n->key % 1009 +
	       walk(n->right, depth + 1);
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static uint64_t sorting(void)
{
	uint32_t v[500];
	uint64_t sum = 0;

	for (unsigned i = 0; i < 500; i++)
		v[i] = rnd();
	qsort(v, 500, sizeof(*v), by_value);
	for (unsigned i = 0; i < 500; i++)
		sum = sum * 31 + v[i] / (i + 1);
	return sum;
}

static uint64_t matrix(void)
{
	static int32_t a[24][24], b[24][24];
	int64_t sum = 0;

	for (unsigned i = 0; i < 24; i++)
		for (unsigned k = 0; k < 24; k++) {
			a[i][k] = (int32_t)(rnd() % 2001) - 1000;
			b[i][k] = (int32_t)(rnd() % 2001) - 1000;
		}
	for (unsigned i = 0; i < 24; i++)
		for (unsigned k = 0; k < 24; k++) {
			int32_t c = 0;

			for (unsigned m = 0; m < 24; m++)
				c += a[i][m] * b[m][k];
			sum = (int64_t)((uint64_t)sum * 5u) + c / 3;
		}
	return (uint64_t)sum;
}

static uint64_t machine(void)
{
	uint64_t acc = SEED;

	for (unsigned pc = 0; pc < 4000; pc++) {
		switch (rnd() % 9) {
		case 0:
			acc += pc;
			break;
		case 1:
			acc ^= acc << 13;
			break;
		case 2:
			acc ^= acc >> 7;
			break;
		case 3:
			acc *= 6364136223846793005ull;
			break;
		case 4:
			acc = acc / 3 + (acc % 11);
			break;
		case 5:
			acc = (acc << 21) | (acc >> 43);
			break;
		case 6:
			acc -= rnd();
			break;
		case 7:
			acc = ~acc;
			break;
		default:
			acc += (acc & 1) ? 17 : 4;
		}
	}
	return acc;
}

static uint64_t text(void)
{
	char line[64], all[4096] = "";
	uint64_t hash = 14695981039346656037ull;

	for (unsigned i = 0; i < 60; i++) {
		snprintf(line, sizeof(line), "%u:%x;%d,", rnd() % 1000, rnd(),
			 (int)(rnd() % 99) - 50);
		strcat(all, line);
	}
	for (const char *p = all; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 1099511628211ull;
	return hash;
}

int main(void)
{
	struct node *root = NULL;
	uint64_t sum;

	for (unsigned i = 0; i < 600; i++)
		root = insert(root, rnd() % 400);
	sum = walk(root, 0) ^ sorting();
	sum = sum * 33 + matrix();
	sum = sum * 33 + machine();
	sum = sum * 33 + text();
	printf("%08x%08x\n", (unsigned)(sum >> 32), (unsigned)sum);
	return 0;
}
