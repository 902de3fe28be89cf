/* SPDX-License-Identifier: MIT
 * System calls: number in EAX, arguments in EBX, ESI, EDI; result in EAX.  By INT
 * 80h, or by SYSENTER with the user's ESP in ECX and return address in EDX.
 */
#ifndef GUESTS_KERNEL_USER_CALLS_H
#define GUESTS_KERNEL_USER_CALLS_H

enum {
	SYS_EXIT,  /* status */
	SYS_PRINT, /* text, length */
	SYS_PID,
	SYS_FORK,
	SYS_WAIT,    /* address of the status: pid or -1 */
	SYS_BRK,     /* bytes of heap: 0 or -1 */
	SYS_SEND,    /* pid, word: 0, or -1 when its box is full or it is gone */
	SYS_RECEIVE, /* waits for a word */
	SYS_YIELD,
	SYS_PREEMPTED, /* how often this process lost the CPU to the timer */
	SYS_FAULTS,    /* pages that came on demand */
	SYS_COPIES,    /* pages that were copied on a write */
	SYS_REPORT,    /* word to be added to the kernel's checksum */
	SYS_FAST,      /* is there SYSENTER? */
	SYS_COUNT
};

#endif
