# Opcode coverage: every encoding of the maps, the cases that execute it.
COVERAGE := $(CONF)/coverage
COVERAGE_MOO := $(addprefix $(CONF)/vectors/,moo.o moo_file.o moo_write.o)
COVERAGE_SETS := $(addprefix --vectors conformance/vectors/,sst286 host32)

$(COVERAGE)/coverage: $(addprefix $(COVERAGE)/,coverage.o slots.o silicon.o) $(COVERAGE_MOO) $(CONF_LIB)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lz -lZydis -lZycore

PROGRAMS += $(COVERAGE)/coverage

TESTS += $(COVERAGE)/test_slots
$(COVERAGE)/test_slots: $(addprefix $(COVERAGE)/,test_slots.o slots.o silicon.o) $(COVERAGE_MOO)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lz -lZydis -lZycore $(CHECK_LIBS)

CHECKS += check-coverage
.PHONY: check-coverage
check-coverage: $(COVERAGE)/coverage ## every encoding of a Pentium III is in a case, or the hole is explained
	@$(COVERAGE)/coverage check --holes conformance/coverage/holes.tsv $(COVERAGE_SETS)
