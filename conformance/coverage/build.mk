# Opcode coverage: every encoding of the maps, the cases that execute it.
COVERAGE := $(CONF)/coverage

$(COVERAGE)/coverage: $(addprefix $(COVERAGE)/,coverage.o slots.o) $(CONF_LIB)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis -lZycore

PROGRAMS += $(COVERAGE)/coverage

TESTS += $(COVERAGE)/test_slots
$(COVERAGE)/test_slots: $(addprefix $(COVERAGE)/,test_slots.o slots.o)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis -lZycore $(CHECK_LIBS)

CHECKS += check-coverage
.PHONY: check-coverage
check-coverage: $(COVERAGE)/coverage ## every encoding of a Pentium III is in a case, or the hole is explained
	@$(COVERAGE)/coverage check --holes conformance/coverage/holes.tsv
