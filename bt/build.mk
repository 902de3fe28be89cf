# The binary translator.  cache.c and coherency.c also run in monitor context.
BT_PARTS := cache coherency decode install residency stubs stubs_segload translate translate_flags translate_flow \
	translate_ident translate_port translate_scan translate_segload translate_store translate_x87 wrap x87note
# Mutants of the translator, see conformance/mutate/.
ifeq ($(MODE),mutate)
BT_PARTS += mutate mutate_jail
endif
$(foreach p,cache coherency install residency wrap x87note,$(eval CFLAGS_bt/$(p) = $$(MONITOR_CFLAGS)))
$(B)/bt/libbt.a: $(BT_PARTS:%=$(B)/bt/%.o)
	@rm -f $@
	$(AR) rcs $@ $^
PROGRAMS += $(B)/bt/libbt.a

BT_TESTS := $(addprefix $(B)/bt/test_,cache coherency decode install residency translate wrap)
$(BT_TESTS): %: %.o $(B)/bt/test_support.o $(B)/bt/libbt.a
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis -lZycore $(CHECK_LIBS)
TESTS += $(BT_TESTS)

.PHONY: rebase
rebase: $(B)/bt/test_translate ## rewrite bt/golden.txt from what the translator emits now
	BT_REBASE=1 $<

.PHONY: docs-counters check-docs-counters
docs-counters: ## rewrite docs/counters.md from bt/stats.def
	docs/counters.sh > docs/counters.md

CHECKS += check-docs-counters
check-docs-counters:
	@docs/counters.sh | cmp - docs/counters.md || { echo "docs/counters.md is stale: run make docs-counters" >&2; exit 1; }
