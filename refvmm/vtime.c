/* SPDX-License-Identifier: MIT
 * Virtual time is the host's monotonic time since power-on.  The board keeps its
 * deadlines in virtual time; one host timer (SIGALRM) brings the vCPU out of
 * guest context at the earliest of the next device deadline, --limit-time and
 * the next look at inputs and the screen.
 */
#include "refvmm/exit.h"
#include "refvmm/gdbstub.h"
#include "refvmm/panel.h"
#include "refvmm/screen_text.h"
#include "refvmm/vm.h"

#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#define INPUT_PERIOD_NS 10000000ull /* console input and screen: 100 Hz */
#define SOON_NS         20000ull
#define SOON_MAX_NS     10000000ull

static timer_t alarm_timer;
static u64 soon_ns = SOON_NS;

static u64 host_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

static struct timespec timespec_of(u64 ns)
{
	return (struct timespec){.tv_sec = (time_t)(ns / 1000000000u),
				 .tv_nsec = (long)(ns % 1000000000u)};
}

bool vtime_init(struct vm *vm)
{
	struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};

	if (timer_create(CLOCK_MONOTONIC, &ev, &alarm_timer))
		return false;
	vm->epoch_ns = host_now();
	vm->deadline = UINT64_MAX;
	vm->limit_at = vm->cfg->limit_ns ? vm->epoch_ns + vm->cfg->limit_ns : 0;
	vm->poll_input = vm->cfg->serial.kind == CHAR_STDIO ||
			 vm->cfg->debugcon.kind == CHAR_STDIO || panel_active(vm->panel) ||
			 (vm->screen && isatty(STDOUT_FILENO));
	vm->next_poll = vm->epoch_ns;
	return true;
}

u64 vtime_now(struct vm *vm)
{
	return host_now() - vm->epoch_ns;
}

/* Host time of the next thing to do, UINT64_MAX if there is none. */
static u64 next_due(const struct vm *vm)
{
	u64 at = vm->deadline == UINT64_MAX ? UINT64_MAX : vm->epoch_ns + vm->deadline;

	if (vm->limit_at && vm->limit_at < at)
		at = vm->limit_at;
	if (vm->poll_input && vm->next_poll < at)
		at = vm->next_poll;
	return at;
}

static void __attribute__((noinline)) set_alarm(struct vm *vm, u64 at)
{
	struct itimerspec when = {0};

	host_syscall_made(vm);
	if (at != UINT64_MAX) {
		if (at == 0)
			at = 1; /* zero would disarm */
		when.it_value = timespec_of(at);
	}
	timer_settime(alarm_timer, TIMER_ABSTIME, &when, NULL);
}

/* Called before every guest entry, mostly with nothing to do: only when the alarm
 * moves is it worth host context, which code that zeroes structs with SSE needs. */
void vtime_arm(struct vm *vm)
{
	u64 at = next_due(vm);

	if (at == vm->armed)
		return;
	vm->armed = at;
	host_begin(vm);
	set_alarm(vm, at);
	if (at > host_now()) /* else the alarm comes first, and leads here again */
		pc_went_on(vm->pc);
}

/* Each time without vtime_events() in between doubles the delay: where a signal
 * costs more than the first delay (a debugger, a busy host) the monitor would never
 * get on, and handlers would nest until their stack is full. */
void vtime_arm_soon(struct vm *vm)
{
	struct itimerspec when = {.it_value = timespec_of(soon_ns)};

	if (soon_ns < SOON_MAX_NS)
		soon_ns *= 2;

	timer_settime(alarm_timer, 0, &when, NULL);
	host_syscall_made(vm);
	vm->armed = 0;
}

void vtime_wait(struct vm *vm)
{
	u64 at = next_due(vm);
	struct timespec t;

	vm->bt->stat[ST_halts]++;
	if (at == UINT64_MAX)
		at = host_now() + 1000000000ull; /* nothing is due: look once a second */
	t = timespec_of(at);
	/* The alarm is armed for the same moment or earlier; either ends it. */
	vm->waiting = true;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
	vm->waiting = false;
	vm->v->irq_pending |= PENDING_ALARM;
}

void vtime_events(struct vm *vm)
{
	u64 now = host_now();

	vm->v->irq_pending &= (u8)~PENDING_ALARM;
	vm->armed = 0;
	soon_ns = SOON_NS;
	pc_run(vm->pc);
	if (vm->poll_input && now >= vm->next_poll) {
		struct pc_screen s;

		vm->next_poll = now + INPUT_PERIOD_NS;
		pc_char_poll(vm->pc);
		if (vm->gdb)
			gdb_look(vm);
		panel_poll(vm->panel, now - vm->epoch_ns);
		if (vm->screen && pc_screen_text(vm->pc, &s))
			screen_text_update(vm->screen, &s);
	}
	if (vm->limit_at && now >= vm->limit_at)
		vm_stop(vm, RC_LIMIT, "--limit-time reached");
}
