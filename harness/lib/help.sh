# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# `vmproof help [TOPIC]`.

help_top() {
	cat <<'TXT'
vmproof: prove a virtual machine monitor with one instruction at a time

  vmproof list    what there is: cases, groups, VMMs, sets
  vmproof run     run cases on VMMs, compare, judge, report
  vmproof boot    boot guest systems on VMMs, judge by milestones
  vmproof bench-guests  boot guests on two VMMs in turn, compare times
  vmproof stress  a guest under load for an hour: leaks, lost ticks
  vmproof capture  make vectors, answered by this host's CPU
  vmproof ingest  the log of a real PC becomes a witness
  vmproof report  make the report, TAP or JUnit again from earlier results
  vmproof help    this text; help run, vectors, capture, boot, bench-guests, stress, ingest, list, report,
                  verdicts, exit-codes

Try:
  harness/vmproof run --set quick
  harness/vmproof run --vmm refvmm --filter 'alu/add/*'
TXT
}

help_run() {
	cat <<'TXT'
usage: vmproof run [OPTION]... [CASE]...

what to run
  --set NAME            quick (default: a sample of the cases) or full (all of them);
                        vmproof list --sets. Cases that are named are run, all of them
  --vmm A,B             drivers; default from the set
  --reference NAME      compare with this VMM (default bochs)
  --group G[,G]         only these groups        --not-group G[,G]  all but these
  --filter GLOB         only cases whose id matches; CASE words do the same
  --media KIND          floppy, disk, multiboot, iso, vhd or vmdk (default: first
                        that each takes)
  --channel NAME        e9, com1, disk or screen (default: first of each driver)
  --vectors DIR         not cases but vectors of DIR; vmproof help vectors
  --rerun-failed        only the cases that failed in the results of --out

how
  --jobs N              VMs at the same time (default: processors)
  --batch N             cases per VM (default 1000)
  --timeout-scale F     factor on all limits (or TIMEOUT_SCALE)
  --repeat N            run everything N times; verdicts that differ are FLAKY
  --shuffle[=SEED]      random order of VMs and batches' members
  --rerun-max N         rerun at most N failing cases alone per VMM (default 500)
  --fail-fast           stop scheduling after the first batch with a stopped VM
  --sshlogin LIST       spread the VMs over machines, as GNU parallel takes them: a,2/b,:
  --sshloginfile FILE   the same, one a line (: is this machine); docs/harness.md
  --remote-dir DIR      where the built tree is on them (default: as here)
  --dry-run             print the plan, run nothing

output
  --out DIR             default results/latest
  --tap                 TAP on stdout instead of the table
  --junit FILE          also JUnit XML (results.xml is always written in DIR)
  --keep-artifacts W    always, fail (default) or never: logs of single VMs
  --no-report           do not make report.html
  -q, --quiet           only failures and the last line
  -v, --verbose         a line per VM

environment: VMPROOF_BUILD, VMPROOF_CASES, VMPROOF_DRIVERS, VMM_refvmm, QEMU,
BOCHS, TIMEOUT_SCALE, NO_COLOR.  The last line is `N passed, N failed, N skipped`.
TXT
}

help_vectors() {
	cat <<'TXT'
usage: vmproof run --vectors DIR [--vectors DIR]... [OPTION]...

Runs MOO vectors (DIR/*.MOO or *.MOO.gz: real-mode sets of an 8086, 80286 or 80386,
conformance/vectors/sst286 among them) on refvmm by librefvmm: each test cold and
hot, in units of one instruction, default units and translated again each time, on
machines with the whole and a small cache, guest page 0 mapped and shifted, counting.
HOST_CHECK.tsv.gz and revocation_list.txt in DIR are used when they are there.
Sets made by `vmproof capture` (conformance/vectors/host32) go to their own runner.

  --sample N --seed S   about N tests of each DIR, chosen by S (default 1)
  --only FILE[:INDEX]   one file (as 80.4), one test
  --machine A,B         plain, small, shift, count       --how A,B  one-cold, one-hot,
                        default-cold, default-hot, retranslate
  --opcodes             a line per file                  --show N   failures (20)
  --vmm A,B             default refvmm. Others run the tests that fit (memory below A0000 and
                        in 100000-10FFEF, no ports) from a boot image; so does refvmm
                        with --in-guest. A test that stops the VMM costs itself only
                        What docs/findings.md explains and SET/xfail/VMM.list names is an
                        expected failure, counted as skipped
  --timeout-scale F     factor on the limits (or TIMEOUT_SCALE)
  --out DIR             scores as JSON (default results/latest/vectors)
  -q, --quiet           only failures and the last line
TXT
}

help_boot() {
	cat <<'TXT'
usage: vmproof boot [OPTION]... [GUEST]...

Boots guests (manifests in guests/*/, docs/guests.md) on VMMs and judges by
milestones: texts on the serial line, the debug console or the screen.

  --vmm A,B             drivers (default refvmm,bochs,qemu-tcg)
  --guest G[,G]         only these, by name or pattern; GUEST words do the same
  --set NAME            all (default); small: needs no fetched package; long: left
                        out of all unless it is named
  --media KIND          linux, multiboot, cdrom, floppy, disk or bios only
                        (default: first of the manifest that the VMM takes)
  --repeat N            boot each N times; verdicts that differ are FLAKY
  --jobs N              VMs at the same time (default 1: boots are timed)
  --timeout-scale F     factor on all limits (or TIMEOUT_SCALE)
  --out DIR             default results/latest/boot
  --list                name, media, set and title of the guests
  --no-prepare          fetch and make nothing, boot what is there
  --no-report           do not make index.html

Limits are processor seconds of the VMM.  environment: VMPROOF_GUESTS (cache of
fetched packages and images), VMPROOF_LOCAL (folder of your own manifests,
default guests/local.d), VMPROOF_MIRROR, VMM_refvmm, QEMU, BOCHS, TIMEOUT_SCALE.
TXT
}

help_bench_guests() {
	cat <<'TXT'
usage: vmproof bench-guests [OPTION]...

Boots guests on two VMMs in turn, the order changing from pair to pair, and prints for
each part of their work the medians of both by the clock and in processor time (user
and system, the whole process tree), with the first VMM's counters beside it.

  --pairs N             default 5
  --vmm A,B             default refvmm,qemu-tcg
  --guest G[,G]         default linux-686,debian-gcc
  --out DIR             default results/latest/guests: bench.json, bench.txt, bench.svg
                        and bench.png; boots/ with every boot
  --no-prepare          fetch and make nothing, boot what is there
  --again               no boots: judge those in DIR

Exit: 0 all goals (lib/benchgoals.tsv) are met, 1 not all or a boot has failed.
TXT
}

help_stress() {
	cat <<'TXT'
usage: vmproof stress [OPTION]...

Debian with two compile loops, fork storms, mapping churn, signals and dd, all of
which check their results; then a clean shutdown and e2fsck.  From a quarter of the
time on, RSS, mappings and LDT slots must not grow, and no tick of the timer may be
lost (lib/stress.jq).

  --minutes N           default 60
  --vmm NAME            default refvmm
  --out DIR             default results/latest/stress: stress.json, stress.tsv, chart
  --no-prepare          fetch and make nothing
  --judge DIR           no run: judge driver.json and samples.jsonl in DIR
TXT
}

help_ingest() {
	cat <<'TXT'
usage: vmproof ingest [--store DIR] LOG

LOG is what a real PC said on COM1, or build/harness/records DISK.  It is kept, with
the processor that CPUID named, as DIR/VENDOR-SIGNATURE-TABLE-CRC.log and .json
(default results/silicon, or VMPROOF_SILICON); nothing is overwritten.  Refused with one
line: a log that is not whole, of another case table, without CPUID, or from below a
hypervisor.  Compare a VMM with it: build/conformance/cases compare WITNESS LOG.
TXT
}

help_list() {
	cat <<'TXT'
usage: vmproof list [--cases | --groups | --vmms | --sets] [--json]
                    [--group G[,G]] [--not-group G[,G]] [--filter GLOB]

Without a choice: groups, VMMs and sets.  --json: JSON Lines of the cases.
TXT
}

help_report() {
	cat <<'TXT'
usage: vmproof report [--out DIR] [--html FILE] [--junit FILE] [--tap] [--text]
                      [--sensitive]

Reads DIR/results.jsonl (default results/latest).  Without a choice it writes
DIR/report.html, DIR/report.png, DIR/results.tap and DIR/results.xml, and, when the
17 sensitive instructions were run, DIR/sensitive.html and DIR/sensitive.txt, which
--sensitive prints.
TXT
}

help_verdicts() {
	cat <<'TXT'
counted as passed
  PASS         the record equals the reference's in every defined bit, or the
               reference is wrong here in writing (conformance/adjudicated.tsv)
counted as failed
  FAIL         the record differs from the reference
  TIMEOUT      the VM stopped talking, or ran into its limit, in this case
  CRASH        the VMM died, stopped or restarted the guest in this case, or the
               case damaged the guest's runtime
  UNSUPPORTED  the VMM refused the case by name
  ORDER        alone in a fresh VM the case gives another result
  FLAKY        --repeat gave different verdicts
  LOST         no whole record: infrastructure, never a pass
  XPASS        passes, but conformance/xfail/VMM.list says that it fails
counted as skipped, each with its reason
  XFAIL        differs, and an adjudication says that this VMM is wrong
  REPORT       differs where only emulators have been asked (docs/oracle.md)
  SUMMARY      a case of which only a summary on the screen speaks: that has a
               result of its own, summary/GROUP-N
  SKIP         not run: VMM missing, interrupted

vmproof boot uses PASS, FAIL (a failure text, or other work than another VMM),
TIMEOUT, CRASH, UNSUPPORTED, FLAKY, LOST and SKIP in the same sense.
TXT
}

help_exit_codes() {
	cat <<'TXT'
0    nothing failed          3    infrastructure: a tool is missing, disk full
1    something failed        77   nothing ran: everything was skipped
2    usage                   130  interrupted; results so far are written
TXT
}

help_capture() {
	cat <<'TXT'
usage: vmproof capture [matrix|verify] [OPTION]...
       vmproof capture compare|merge SET FROM

Make vectors of one instruction in 16- and 32-bit code from a seed, have this
host's CPU answer them, and write MOO files (docs/vector-format.md).

  --seed S          (default 1)
  --count N         vectors in all, at least; never less than 50 a cell
  --per-cell N      instead: that many of each cell
  --filter GLOB     only cells whose name matches: 'alu/add/*'
  --serial N        only that vector of each cell
  --out DIR         write files; without it only count
  --best            small files, slowly
  --sample          one vector of each cell, one file a group

  matrix            print every cell and, with the reason, the empty ones
  verify            capture twice with other memory around: must agree
  compare           two folders of the same vectors, by one chip or two: defined results
                    must agree, undefined ones are counted
  merge             the same, then FROM's chip is added to SET; nothing is overwritten

Run a set on refvmm: build/conformance/capture/replay DIR
Exit codes: 0, 1 captures differ or a vector went wrong, 2 usage, 3 memory or disk,
77 this host cannot.
TXT
}

help_main() { # TOPIC
	case $1 in
	'') help_top ;;
	run) help_run ;;
	vectors) help_vectors ;;
	capture) help_capture ;;
	boot) help_boot ;;
	bench-guests) help_bench_guests ;;
	stress) help_stress ;;
	ingest) help_ingest ;;
	list) help_list ;;
	report) help_report ;;
	verdicts) help_verdicts ;;
	exit-codes) help_exit_codes ;;
	*) die "$EX_USAGE" "no help on '$1': run, vectors, capture, boot, bench-guests, stress, list, report, verdicts, exit-codes" ;;
	esac
}
