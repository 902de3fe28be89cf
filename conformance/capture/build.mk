# Vectors captured on the host CPU: generator, capture, writer.
CAP := $(B)/conformance/capture
CAP_GEN := $(addprefix $(CAP)/,cell.o make.o encode.o operand.o string.o stack.o flow.o segment.o misc.o x87.o fx.o)
CAP_LIB := $(CAP_GEN) $(addprefix $(CAP)/,format.o host.o entry.o run.o) $(CONF)/gen/undef.o $(CONF)/gen/values.o

CAP_MERGE := $(addprefix $(CAP)/,merge.o folders.o read.o)

$(CAP)/capture: $(CAP)/main.o $(CAP_MERGE) $(CAP_LIB) $(VEC_MOO)
	$(CC) $(LDFLAGS_ALL) -Wl,-z,now -o $@ $^ -lz -lm

PROGRAMS += $(CAP)/capture

$(CAP)/replay: $(addprefix $(CAP)/,replay.o machine.o read.o) $(VEC_MOO) $(LIBREFVMM)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis -lZycore -lz -lm

PROGRAMS += $(CAP)/replay

TESTS += $(CAP)/test_capture
$(CAP)/test_capture: $(CAP)/test_capture.o $(CAP)/read.o $(CAP_GEN) $(CAP)/format.o $(VEC_MOO) \
	$(CONF)/gen/undef.o $(CONF)/gen/values.o
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lz $(CHECK_LIBS)

CHECKS += check-capture
.PHONY: check-capture
check-capture: $(CAP)/capture $(CAP)/replay ## captured vectors: a sample captured, verified and replayed
	@conformance/capture/check.sh $(B)

TESTS += $(CAP)/test_merge
$(CAP)/test_merge: $(CAP)/test_merge.o $(addprefix $(CAP)/,merge.o folders.o machine.o read.o) $(VEC_MOO) $(LIBREFVMM)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis -lZycore -lz -lm $(CHECK_LIBS)
