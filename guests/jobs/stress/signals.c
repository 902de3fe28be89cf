/* SPDX-License-Identifier: MIT
 * signals SECONDS: signals back and forth between two processes, queued signals with
 * values, faults of every kind, stop and continue, and a timer of 100 Hz, whose
 * expirations have to fit the time that has passed.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 200, QUEUED = 200, TICK_MS = 10 };

static volatile sig_atomic_t got;
static volatile long queued_n, queued_sum, ticks, fault_count[65];
static sigjmp_buf back;
static timer_t timer;

static void bad(const char *what, long is, long want)
{
	printf("BAD signals: %s: %ld, not %ld\n", what, is, want);
	exit(1);
}

static void on_usr(int sig)
{
	got++;
}

static void on_queued(int sig, siginfo_t *info, void *context)
{
	queued_n++;
	queued_sum += info->si_value.sival_int * (queued_n % 7 + 1); /* the order counts */
}

static void on_tick(int sig, siginfo_t *info, void *context)
{
	ticks += 1 + timer_getoverrun(timer);
}

static void on_fault(int sig)
{
	fault_count[sig]++;
	siglongjmp(back, 1);
}

static void handle(int sig, void (*f)(int))
{
	struct sigaction sa = {.sa_handler = f, .sa_flags = SA_NODEFER | SA_RESTART};

	sigaction(sig, &sa, NULL);
}

static void handle_info(int sig, void (*f)(int, siginfo_t *, void *))
{
	struct sigaction sa = {.sa_sigaction = f, .sa_flags = SA_SIGINFO | SA_RESTART};

	sigaction(sig, &sa, NULL);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long expirations(double seconds)
{
	return (long)(seconds * 1000 / TICK_MS);
}

/* Wait until `got` has reached n, USR1 being blocked otherwise. */
static void await(int n, const sigset_t *open)
{
	while (got < n)
		sigsuspend(open);
}

static void ping_pong(const sigset_t *open)
{
	pid_t parent = getpid(), pid;
	int status;

	got = 0;
	pid = fork();
	if (!pid) {
		for (int i = 1; i <= ROUNDS; i++) {
			await(i, open);
			kill(parent, SIGUSR1);
		}
		_exit(got == ROUNDS ? 0 : 1);
	}
	for (int i = 1; i <= ROUNDS; i++) {
		kill(pid, SIGUSR1);
		await(i, open);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		bad("ping-pong of the child", status, 0);
	if (got != ROUNDS)
		bad("ping-pong", got, ROUNDS);
}

/* All wait at once, then arrive in the order in which they were sent. */
static void queue(void)
{
	sigset_t set, old;
	long want = 0;

	queued_n = queued_sum = 0;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, &old);
	for (int i = 1; i <= QUEUED; i++) {
		if (sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i * 3}))
			bad("sigqueue", i, QUEUED);
		want += i * 3 * (i % 7 + 1);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (queued_n != QUEUED || queued_sum != want)
		bad("queued signals", queued_sum, want);
}

static void faults(void)
{
	static const int kinds[] = {SIGFPE, SIGILL, SIGSEGV, SIGTRAP};
	int dividend;

	for (volatile unsigned k = 0; k < 4; k++) {
		long before = fault_count[kinds[k]];

		if (!sigsetjmp(back, 1)) {
			switch (k) {
			case 0:
				/* Not 1 / x, which compilers know without dividing. */
				__asm__ volatile("idivl %2"
						 : "=a"(dividend)
						 : "0"(1), "r"(0), "d"(0));
				break;
			case 1:
				__asm__ volatile("ud2");
				break;
			case 2:
				__asm__ volatile("movl $1, 4" : : : "memory");
				break;
			default:
				__asm__ volatile("int3");
			}
		}
		if (fault_count[kinds[k]] != before + 1)
			bad("fault", kinds[k], (long)k);
	}
}

static void stop_and_go(void)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		raise(SIGSTOP);
		_exit(5);
	}
	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		bad("stop", status, SIGSTOP);
	kill(pid, SIGCONT);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 5)
		bad("continue", status, 5);
	pid = fork();
	if (!pid)
		for (;;)
			pause();
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		bad("kill", status, SIGKILL);
}

int main(int argc, char **argv)
{
	struct itimerspec every = {{0, TICK_MS * 1000000}, {0, TICK_MS * 1000000}};
	struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	sigset_t set, open;
	double before, begin;
	long laps = 0, due, seen;

	handle(SIGUSR1, on_usr);
	handle_info(SIGRTMIN, on_queued);
	handle_info(SIGALRM, on_tick);
	handle(SIGFPE, on_fault);
	handle(SIGILL, on_fault);
	handle(SIGSEGV, on_fault);
	handle(SIGTRAP, on_fault);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &open);
	before = now(); /* others may run for long between any two of these */
	if (timer_create(CLOCK_MONOTONIC, &ev, &timer) || timer_settime(timer, 0, &every, NULL))
		bad("no timer", 0, 1);
	begin = now();
	do {
		ping_pong(&open);
		queue();
		faults();
		stop_and_go();
		laps++;
	} while (now() - begin < atoi(argv[1]));
	/* What is due by now arrives with the next expiration, which is waited for. */
	for (due = ticks; ticks == due;)
		usleep(1000);
	due = expirations(now() - begin);
	seen = ticks;
	if (seen < due - 2)
		bad("expirations of the timer, at least", seen, due);
	due = expirations(now() - before);
	if (seen > due + 1)
		bad("expirations of the timer, at most", seen, due);
	timer_settime(timer, 0, &(struct itimerspec){0}, NULL);
	printf("OK signals %ld (%ld ticks)\n", laps * (2 * ROUNDS + QUEUED + 4), seen);
	return 0;
}
