# vmproof: one non-recursive Makefile.  Each folder adds its files in build.mk:
#   TESTS    += build-relative names of Check programs   ($(B)/devices/test_x)
#   PROGRAMS += what `make all` builds
#   CHECKS   += phony targets that `make check` runs besides TESTS
# MODE=dev|ubsan|asan|mutate|cov selects the build folder and its flags.
MODE ?= dev
B := $(if $(filter dev,$(MODE)),build,build-$(MODE))

CC ?= gcc
CSTD := -std=gnu11
WARN := -Wall -Wextra -Werror -Wno-unused-parameter
CFLAGS ?= -O2 -g
CPPFLAGS_ALL := -I. -I$(B)/gen -D_GNU_SOURCE
CFLAGS_ALL = $(CSTD) $(WARN) $(CFLAGS) $(MODE_CFLAGS) -fPIE $(CPPFLAGS_ALL)
LDFLAGS_ALL = -pie $(MODE_LDFLAGS) $(LDFLAGS)
CHECK_LIBS := -lcheck_pic -lsubunit -lrt -lm -lpthread

MODE_CFLAGS_ubsan := -fsanitize=undefined -fno-sanitize-recover=all -DREFVMM_SANITIZE
MODE_LDFLAGS_ubsan := -fsanitize=undefined
MODE_CFLAGS_asan := -fsanitize=address,undefined -fno-sanitize-recover=all \
	-DREFVMM_SANITIZE -DREFVMM_MONITOR_BASE=0x7e000000u
MODE_LDFLAGS_asan := -fsanitize=address,undefined
MODE_CFLAGS_mutate := -DBT_MUTATE
MODE_CFLAGS_cov := --coverage
MODE_LDFLAGS_cov := --coverage
MODE_CFLAGS := $(MODE_CFLAGS_$(MODE))
MODE_LDFLAGS := $(MODE_LDFLAGS_$(MODE))

PROGRAMS :=
TESTS :=
CHECKS :=
DEPS :=
CLEAN :=

.DEFAULT_GOAL := all
FOLDERS := bt devices refvmm guests guests/display guests/storage guests/vectors conformance conformance/fuzz conformance/vectors conformance/capture microbench harness
-include $(addsuffix /build.mk,$(FOLDERS))

.PHONY: all
all: $(PROGRAMS) ## build everything into build/

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(CFLAGS_$(firstword $(subst /, ,$*))) $(CFLAGS_$*) -MMD -MP -c -o $@ $<

# The program is build/refvmm, so the objects of refvmm/ are in build/vmm/.
$(B)/vmm/%.o: refvmm/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(CFLAGS_refvmm) $(CFLAGS_refvmm/$*) -MMD -MP -c -o $@ $<

$(B)/vmm/%.o: refvmm/%.S
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(MODE_CPPFLAGS) -g -MMD -MP -c -o $@ $<

$(B)/%.o: %.S
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(MODE_CPPFLAGS) -g -MMD -MP -c -o $@ $<

.PHONY: clean help
clean: ## remove build folders
	rm -rf build build-*

help: ## this list
	@grep -hE '^[a-z][a-z-]*:.*## ' Makefile $(wildcard */build.mk) | sed 's/:.*## /\t/' | expand -t 22

-include $(shell find $(B) -type f -name '*.d' 2>/dev/null)
