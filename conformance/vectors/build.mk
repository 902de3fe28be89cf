# Single-instruction vectors captured on silicon: the MOO container, the sets,
# their runner on librefvmm.
VEC := $(B)/conformance/vectors
VEC_MOO := $(addprefix $(VEC)/,moo.o moo_file.o moo_write.o)

TESTS += $(VEC)/test_moo
$(VEC)/test_moo: $(VEC)/test_moo.o $(VEC_MOO)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lz $(CHECK_LIBS)

VEC_RUN := $(VEC_MOO) $(addprefix $(VEC)/,hostcheck.o undefined.o expect.o judge.o vset.o score.o xfail.o)
$(VEC)/runvec: $(VEC)/runvec.o $(VEC)/play.o $(VEC_RUN) $(LIBREFVMM)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lz -lZydis -lZycore
PROGRAMS += $(VEC)/runvec

TESTS += $(VEC)/test_vectors
$(VEC)/test_vectors: $(VEC)/test_vectors.o $(VEC)/play.o $(VEC_RUN) $(LIBREFVMM)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lz -lZydis -lZycore $(CHECK_LIBS)

TESTS += $(VEC)/test_set386
$(VEC)/test_set386: $(VEC)/test_set386.o $(VEC)/play.o $(VEC_RUN) $(LIBREFVMM)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lz -lZydis -lZycore $(CHECK_LIBS)

TESTS += $(VEC)/test_xfail
$(VEC)/test_xfail: $(VEC)/test_xfail.o $(VEC_RUN)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lz $(CHECK_LIBS)

# A sample in every configuration of the engine, the same everywhere; all of it with
# SAMPLE=0.
CHECKS += check-vectors
.PHONY: check-vectors
SAMPLE ?= 20000
check-vectors: $(VEC)/runvec ## vectors captured on silicon, on refvmm; all of them: SAMPLE=0
	@$< $(if $(filter-out 0,$(SAMPLE)),--sample $(SAMPLE)) conformance/vectors/sst286

# The same inside a guest of any VMM.
VEC_GUEST := $(addprefix $(VEC)/,vpack.o) $(addprefix $(CONF)/,log.o pack.o image.o image_iso.o image_vhd.o) $(B)/guests/lib/crc32.o
$(VEC)/invec: $(VEC)/invec.o $(VEC_GUEST) $(VEC_RUN)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lz
PROGRAMS += $(VEC)/invec
TESTS += $(VEC)/test_vhost
$(VEC)/test_vhost: $(VEC)/test_vhost.o $(VEC_GUEST) $(VEC_RUN)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lz $(CHECK_LIBS)

# A sample in a guest of refvmm.
CHECKS += check-vectors-guest
.PHONY: check-vectors-guest
GUEST_SAMPLE ?= 3000
check-vectors-guest: $(VEC)/invec $(VEC)/runvec $(B)/refvmm $(B)/guests/vectors.blob $(B)/guests/boot/boot.bin
	@VMPROOF_BUILD=$(abspath $(B)) harness/vmproof run --vectors conformance/vectors/sst286 --vmm refvmm --in-guest \
		--sample $(GUEST_SAMPLE) --out $(B)/conformance/vectors/results
