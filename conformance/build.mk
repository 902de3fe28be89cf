# Conformance cases: generator, image writer, judge of raw logs, and the host
# CPU as a witness.
CONF := $(B)/conformance

CONF_SWEEPS := $(addprefix $(CONF)/sys/,sweeps.o irq.o rep.o smc.o smc_writers.o smc_alias.o vme.o sysenter.o prio.o dfault.o trap.o remap.o fetch.o timer.o mode.o transcend.o implicit.o) \
	$(addprefix $(CONF)/sys/,x87env.o x87image.o pagectl.o smc_stores.o bus.o) \
	$(addprefix $(CONF)/sys/,tasks.o taskfault.o taskstate.o taskdebug.o taskpage.o trapflow.o nowrite.o) \
	$(addprefix $(CONF)/sys/,consume.o idtreal.o gdtpage.o spaces.o crossfar.o split.o counters.o bus_tables.o smc_task.o smc_shadow.o ferr.o nmi.o)

CONF_GEN := $(addprefix $(CONF)/gen/,gen.o encode.o table.o values.o undef.o string.o stack.o flow.o segment.o fault.o system.o rules.o opmap.o)
CONF_SYS := $(CONF_SWEEPS) $(addprefix $(CONF)/sys/,sys.o check.o load.o limit.o page.o priv.o iomap.o align.o fpu.o gate.o iret.o debug.o cross.o task.o sensitive.o sensitive_seg.o sensitive_flow.o)
CONF_DEV := $(addprefix $(CONF)/dev/,dev.o parse.o statement.o scripts.o)
CONF_LIB := $(CONF_GEN) $(CONF_SYS) $(CONF_DEV) $(addprefix $(CONF)/,pack.o image.o image_iso.o image_vhd.o result.o model.o oracle.o log.o summary.o print.o compare.o) \
	$(B)/guests/lib/crc32.o

$(CONF)/cases: $(CONF)/cases.o $(CONF)/mkimage.o $(CONF_LIB)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis -lZycore

PROGRAMS += $(CONF)/cases

$(CONF)/native/native: $(addprefix $(CONF)/native/,main.o native.o entry.o) $(CONF_LIB)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis -lZycore

PROGRAMS += $(CONF)/native/native

$(CONF)/native/naive: $(addprefix $(CONF)/native/,naive.o native.o entry.o) $(CONF_LIB)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis -lZycore

PROGRAMS += $(CONF)/native/naive

CONF_TESTS := $(addprefix $(CONF)/,test_generator test_log test_summary test_image test_model test_oracle)
TESTS += $(CONF_TESTS)
$(CONF_TESTS): %: %.o $(CONF_LIB)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis -lZycore $(CHECK_LIBS)

.PHONY: check-policy check-choices docs-choices xfail
CHECKS += check-policy check-choices check-naive check-xfail
.PHONY: check-xfail
check-xfail: $(CONF)/cases $(CONF)/vectors/invec ## the lists of expected failures are of cases, with reasons
	@conformance/test/xfail.sh $(B)
.PHONY: check-naive
check-naive: $(CONF)/cases $(CONF)/native/naive
	@conformance/test/naive.sh $(B)
check-policy: ## a change of class or mask names a manual or silicon
	@conformance/test/test_policy.sh
	@conformance/test/policy.sh
check-choices: $(CONF)/cases $(B)/refvmm $(B)/guests/proof.blob $(B)/guests/boot/boot.bin
	@conformance/test/choices.sh $(B)
docs-choices: $(CONF)/cases ## rewrite docs/implementation-defined.md from conformance/choices.def
	@docs/choices.sh $(CONF)/cases >docs/implementation-defined.new && mv docs/implementation-defined.new docs/implementation-defined.md
xfail: ## rewrite conformance/xfail from results/latest
	@conformance/xfail/update results/latest

.PHONY: check-oracle
CHECKS += check-oracle
check-oracle: $(CONF)/cases $(CONF)/native/native $(B)/guests/proof.blob $(B)/guests/boot/boot.bin
	@conformance/test/oracle.sh $(B)

$(CONF)/test_corrupt: $(CONF)/test_corrupt.o $(CONF_LIB) $(B)/guests/proof.blob
	$(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) -lZydis -lZycore

CHECKS += check-corrupt
.PHONY: check-corrupt
check-corrupt: $(CONF)/test_corrupt
	@$(CONF)/test_corrupt $(B)

include conformance/dev/build.mk
include conformance/mutate/build.mk
include conformance/coverage/build.mk
include conformance/reset/build.mk
