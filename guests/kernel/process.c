/* SPDX-License-Identifier: MIT
 * Processes: creation, fork, death, and round robin between those that are
 * ready.  All of it runs with interrupts off.
 */
#include "guests/kernel/kernel.h"

static struct process table[MAX_PROCESSES];
static u32 idle_esp; /* of processes_run() */
static int last_pid, first_pid = 1;
struct process *current;
u32 preemptions;

struct process *process_find(int pid)
{
	for (int i = 0; i < MAX_PROCESSES; i++)
		if (table[i].state != FREE && table[i].pid == pid)
			return &table[i];
	return NULL;
}

/* A slot with a kernel stack that goes on at trap_return with `f`. */
static struct process *make(const struct frame *f)
{

	for (int i = 0; i < MAX_PROCESSES; i++) {
		struct process *p = &table[i];
		struct frame *top;
		u32 *sp;

		if (p->state != FREE)
			continue;
		*p = (struct process){.state = READY, .pid = ++last_pid};
		p->kstack = phys(frame_get());
		top = (struct frame *)((u32)p->kstack + PAGE) - 1;
		*top = *f;
		sp = (u32 *)top;
		*--sp = (u32)trap_return;
		sp -= 4; /* EDI ESI EBX EBP of switch_stack */
		p->esp = (u32)sp;
		return p;
	}
	return NULL;
}

int process_create(const struct program *program)
{
	struct frame f = {.ds = SEL_UDATA,
			  .es = SEL_UDATA,
			  .eip = USER_TEXT,
			  .cs = SEL_UCODE,
			  .eflags = 0x202,
			  .esp = USER_STACK - 16,
			  .ss = SEL_UDATA};
	struct process *p = make(&f);

	if (!p)
		panic("no room for %s", program->name);
	p->program = program;
	p->directory = space_new();
	return p->pid;
}

int process_fork(const struct frame *f)
{
	struct frame child = *f;
	struct process *p;

	child.eax = 0;
	p = make(&child);
	if (!p)
		return -1;
	p->program = current->program;
	p->heap = current->heap;
	p->parent = current->pid;
	p->directory = space_clone(current->directory);
	return p->pid;
}

static void activate(struct process *p)
{
	current = p;
	cpu_kernel_stack((u32)p->kstack + PAGE);
	__asm__ volatile("mov %0, %%cr3" : : "r"(p->directory) : "memory");
}

/* The next one that can run, after this one; NULL when there is none. */
static struct process *next(void)
{
	int from = current ? (int)(current - table) : 0;

	for (int i = 1; i <= MAX_PROCESSES; i++) {
		struct process *p = &table[(from + i) % MAX_PROCESSES];

		if (p->state == READY)
			return p;
	}
	return NULL;
}

bool schedule(void)
{
	struct process *from = current, *to = next();

	if (to == from)
		return false;
	if (!to) { /* everybody waits or is dead */
		switch_stack(&from->esp, idle_esp);
		return true;
	}
	activate(to);
	switch_stack(&from->esp, to->esp);
	return true;
}

void process_exit(int status)
{
	struct process *parent = process_find(current->parent);

	current->status = status;
	current->state = DEAD;
	if (parent && parent->state == WAITING)
		parent->state = READY;
	schedule();
	panic("a dead process runs");
}

/* The stack of a dead process is given back by whoever takes note of it. */
static void bury(struct process *p)
{
	space_free(p->directory);
	frame_put((u32)p->kstack - KERNEL_BASE);
	p->state = FREE;
}

int process_wait(int *status)
{
	for (;;) {
		bool children = false;

		for (int i = 0; i < MAX_PROCESSES; i++) {
			struct process *p = &table[i];
			int pid = p->pid;

			if (p->state == FREE || p->parent != current->pid)
				continue;
			children = true;
			if (p->state != DEAD)
				continue;
			*status = p->status;
			bury(p);
			return pid;
		}
		if (!children)
			return -1;
		current->state = WAITING;
		schedule();
	}
}

/* Dead processes without a parent are buried here; true when there was one. */
static bool bury_orphans(int *status, const char **name, int *n)
{
	bool found = false;

	space_leave();
	for (int i = 0; i < MAX_PROCESSES; i++) {
		struct process *p = &table[i];

		if (p->state != DEAD || process_find(p->parent))
			continue;
		if (!p->parent && *n < MAX_PROCESSES) {
			/* By age, whoever was faster. */
			int at = p->pid - first_pid;

			status[at] = p->status;
			name[at] = p->program->name;
			++*n;
		}
		bury(p);
		found = true;
	}
	return found;
}

u32 processes_run(void)
{
	const char *name[MAX_PROCESSES] = {0};
	int status[MAX_PROCESSES], n = 0;
	struct process *p;
	u32 bad = 0;

	for (;;) {
		current = NULL;
		p = next();
		if (p) {
			activate(p);
			switch_stack(&idle_esp, p->esp);
		}
		if (!bury_orphans(status, name, &n) && !p)
			break;
	}
	for (int i = 0; i < MAX_PROCESSES; i++)
		if (table[i].state != FREE)
			panic("process %d waits for ever", table[i].pid);
	for (int i = 0; i < MAX_PROCESSES; i++) {
		if (!name[i])
			continue;
		print("kernel: %s left with %d\n", name[i], status[i]);
		bad += status[i] != 0;
	}
	first_pid = last_pid + 1;
	return bad;
}
