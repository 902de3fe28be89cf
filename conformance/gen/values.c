/* SPDX-License-Identifier: MIT
 * The operand classes.  Order of the values is that of the operands in the
 * table row; implicit operands (accumulator, count) come where the row names
 * them.
 */
#include "conformance/gen/values.h"

// clang-format off
const struct vclass set_bin[] = {
	{"zero",  {V_0,    V_0},    FL_C0},
	{"max",   {V_MAX,  V_1},    FL_C0},
	{"sign",  {V_MIN,  V_SMAX}, FL_ANY},
	{"carry", {V_MAX,  V_MAX},  FL_C1},
	{"rand",  {V_RND,  V_RND},  FL_ANY},
	{0}};
const struct vclass set_un[] = {
	{"zero", {V_0}, FL_C0}, {"one", {V_1}, FL_C1}, {"max", {V_MAX}, FL_ANY},
	{"smin", {V_MIN}, FL_ANY}, {"smax", {V_SMAX}, FL_ANY}, {"rand", {V_RND}, FL_ANY},
	{0}};
const struct vclass set_mov[] = {
	{"max", {V_RND, V_MAX}, FL_ANY}, {"rand", {V_RND, V_RND}, FL_ANY}, {0}};
const struct vclass set_ext[] = {
	{"smin", {V_RND, V_MIN}, FL_ANY}, {"smax", {V_RND, V_SMAX}, FL_ANY},
	{"rand", {V_RND, V_RND}, FL_ANY}, {0}};
const struct vclass set_shift1[] = {
	{"zero", {V_0}, FL_C1}, {"smin", {V_MIN}, FL_C0}, {"smax", {V_SMAX}, FL_C1},
	{"rand", {V_RND}, FL_ANY}, {0}};
const struct vclass set_shiftn[] = {
	{"n0",   {V_RND, V_N},      FL_ANY},
	{"n1",   {V_RND, V_N + 1},  FL_ANY},
	{"nw-1", {V_RND, V_SZM1},   FL_ANY},
	{"nw",   {V_RND, V_SZ},     FL_ANY},
	{"nw+1", {V_RND, V_SZP1},   FL_C1},
	{"n31",  {V_RND, V_N + 31}, FL_ANY},
	{"n32",  {V_RND, V_N + 32}, FL_ANY},
	{"sign", {V_MIN, V_SMALL},  FL_C1},
	{"rand", {V_RND, V_RND},    FL_ANY},
	{0}};
const struct vclass set_shifti[] = {
	{"n0", {V_RND, V_N}, FL_ANY}, {"n1", {V_RND, V_N + 1}, FL_ANY},
	{"nw", {V_RND, V_SZ}, FL_ANY}, {"n31", {V_RND, V_N + 31}, FL_C1},
	{"rand", {V_RND, V_RND}, FL_ANY}, {0}};
const struct vclass set_shldn[] = {
	{"n0",   {V_RND, V_RND, V_N},      FL_ANY},
	{"n1",   {V_RND, V_RND, V_N + 1},  FL_ANY},
	{"nw-1", {V_RND, V_RND, V_SZM1},   FL_ANY},
	{"nw",   {V_RND, V_RND, V_SZ},     FL_ANY},
	{"nw+1", {V_RND, V_RND, V_SZP1},   FL_ANY},
	{"n32",  {V_RND, V_RND, V_N + 32}, FL_ANY},
	{"rand", {V_RND, V_RND, V_SMALL},  FL_ANY},
	{0}};
const struct vclass set_bit[] = {
	{"low",  {V_RND, V_0},    FL_ANY}, {"high", {V_RND, V_SZM1}, FL_ANY},
	{"wrap", {V_RND, V_SZP1}, FL_ANY}, {"set",  {V_MAX, V_RND},  FL_C0},
	{"clear", {V_0, V_RND},   FL_C1},  {0}};
const struct vclass set_bitmem[] = {
	{"low",    {V_RND, V_0},    FL_ANY}, {"high",  {V_RND, V_SZM1}, FL_ANY},
	{"before", {V_RND, V_OFFN}, FL_ANY}, {"after", {V_RND, V_OFFP}, FL_ANY},
	{"set",    {V_MAX, V_SMALL}, FL_C0}, {"clear", {V_0, V_SMALL},  FL_C1},
	{0}};
const struct vclass set_scan[] = {
	{"zero", {V_RND, V_0},    FL_ANY}, {"low",  {V_RND, V_1},   FL_ANY},
	{"top",  {V_RND, V_MIN},  FL_ANY}, {"rand", {V_RND, V_RND}, FL_ANY},
	{0}};
const struct vclass set_bcd[] = {
	{"zero", {V_0}, FL_C0}, {"one", {V_0}, FL_C1}, {"nine", {V_N + 0x0a}, FL_ANY},
	{"carry", {V_N + 0x7a}, FL_ANY}, {"max", {V_MAX}, FL_ANY}, {"rand0", {V_RND}, FL_C0},
	{"rand1", {V_RND}, FL_C1}, {0}};
const struct vclass set_aam[] = {
	{"ten",  {V_N + 10, V_RND}, FL_ANY}, {"one", {V_1, V_RND}, FL_ANY},
	{"max",  {V_MAX, V_RND},    FL_ANY}, {"zero", {V_0, V_RND}, FL_ANY},
	{"rand", {V_RND, V_RND},    FL_ANY}, {0}};
const struct vclass set_mul[] = {
	{"zero", {V_0, V_RND},    FL_ANY}, {"one", {V_1, V_RND},    FL_ANY},
	{"max",  {V_MAX, V_MAX},  FL_ANY}, {"sign", {V_MIN, V_MIN}, FL_ANY},
	{"small", {V_SMALL, V_SMALL}, FL_C1}, {"rand", {V_RND, V_RND}, FL_ANY},
	{0}};
const struct vclass set_imul3[] = {
	{"zero", {V_RND, V_RND, V_0},   FL_ANY}, {"max",   {V_RND, V_MAX, V_MAX}, FL_ANY},
	{"sign", {V_RND, V_MIN, V_MIN}, FL_ANY}, {"small", {V_RND, V_SMALL, V_SMALL}, FL_C1},
	{"rand", {V_RND, V_RND, V_RND}, FL_ANY}, {0}};
/* divisor, low half, high half */
const struct vclass set_div[] = {
	{"one",  {V_1,   V_RND, V_0},     FL_ANY},
	{"max",  {V_MAX, V_MAX, V_SMALL}, FL_ANY}, {"dezero", {V_0, V_RND, V_RND}, FL_ANY},
	{"deover", {V_SMALL, V_RND, V_MAX}, FL_ANY}, {"deedge", {V_1, V_0, V_1}, FL_ANY},
	{"rand", {V_RPOS, V_RND, V_SMALL}, FL_ANY},
	{0}};
const struct vclass set_idiv[] = {
	{"one",  {V_1,   V_RPOS, V_0},    FL_ANY},
	{"neg",  {V_MAX, V_RPOS, V_0},    FL_ANY}, {"smin", {V_1, V_MIN, V_MAX}, FL_ANY},
	{"dezero", {V_0, V_RND, V_RND},   FL_ANY}, {"demin", {V_MAX, V_MIN, V_MAX}, FL_ANY},
	{"deover", {V_SMALL, V_RND, V_SMAX}, FL_ANY},
	{"rand", {V_RPOS, V_RND, V_SMALL}, FL_ANY}, {0}};
/* destination, source, accumulator; "equal" copies the accumulator */
const struct vclass set_cmpx[] = {
	{"equal", {V_SMAX, V_RND, V_SMAX}, FL_ANY}, {"above", {V_MAX, V_RND, V_1}, FL_ANY},
	{"below", {V_1, V_RND, V_MAX},     FL_ANY}, {"rand", {V_RND, V_RND, V_RND}, FL_ANY},
	{0}};
/* the generator makes the condition true or false */
const struct vclass set_onoff[] = {
	{"true", {V_RND, V_RND}, FL_ANY}, {"false", {V_RND, V_RND}, FL_ANY}, {0}};
const struct vclass set_flag[] = {
	{"c0", {V_RND}, FL_C0}, {"c1", {V_RND}, FL_C1}, {0}};
// clang-format on
