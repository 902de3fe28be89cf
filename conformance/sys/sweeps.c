/* SPDX-License-Identifier: MIT
 * The sweeps over the whole machine, in id order: what instructions do to each other,
 * to interrupts, to code under change.
 */
#include "conformance/sys/sys.h"

void gen_sys_sweeps(struct gen *g)
{
	gen_sys_irq(g);
	gen_sys_rep(g);
	gen_sys_smc(g);
	gen_sys_vme(g);
	gen_sys_sysenter(g);
	gen_sys_prio(g);
	gen_sys_dfault(g);
	gen_sys_trap(g);
	gen_sys_remap(g);
	gen_sys_fetch(g);
	gen_sys_timer(g);
	gen_sys_mode(g);
	gen_sys_transcend(g);
	gen_sys_implicit(g);
	gen_sys_x87env(g);
	gen_sys_x87image(g);
	gen_sys_taskfault(g);
	gen_sys_taskstate(g);
	gen_sys_taskdebug(g);
	gen_sys_taskpage(g);
	gen_sys_trapflow(g);
	gen_sys_pagectl(g);
	gen_sys_nowrite(g);
	gen_sys_bus(g);
	gen_sys_consume(g);
	gen_sys_idtreal(g);
	gen_sys_gdtpage(g);
	gen_sys_spaces(g);
	gen_sys_crossfar(g);
	gen_sys_split(g);
	gen_sys_counters(g);
	gen_sys_ferr(g);
	gen_sys_nmi(g);
}
