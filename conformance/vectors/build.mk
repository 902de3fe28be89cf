# Single-instruction vectors captured on silicon: the MOO container, the sets,
# their runner on librefvmm.
VEC := $(B)/conformance/vectors
VEC_MOO := $(addprefix $(VEC)/,moo.o moo_file.o moo_write.o)

TESTS += $(VEC)/test_moo
$(VEC)/test_moo: $(VEC)/test_moo.o $(VEC_MOO)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lz $(CHECK_LIBS)
