# The harness: running, judging and reporting; `make run`, `check`, `lint`.
.PHONY: setup run check lint format harness-check

setup: ## install the Debian packages that are missing (root)
	@harness/setup

run: ## build, run the quick suite on every VMM, write the report
	@harness/setup
	@+harness/demo --make '$(MAKE)' --build $(B)

check: ## build and run all tests
	@harness/setup
	@+harness/check --make '$(MAKE)' --build $(B) --tests '$(TESTS)' --checks '$(CHECKS)'

lint: ## formatting, shell and C checks, file lengths
	@harness/lint

format: ## clang-format every C file in place
	@git ls-files '*.c' '*.h' | xargs clang-format -i

HARNESS_TOOLS := $(addprefix $(B)/harness/,watch)
PROGRAMS += $(HARNESS_TOOLS)
$(HARNESS_TOOLS): %: %.o
	$(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^)
