# Conformance cases: generator, image writer, judge of raw logs, and the host
# CPU as a witness.
CONF := $(B)/conformance
CONF_GEN := $(addprefix $(CONF)/gen/,gen.o encode.o table.o values.o undef.o string.o stack.o flow.o segment.o fault.o)
CONF_LIB := $(CONF_GEN) $(addprefix $(CONF)/,pack.o image.o result.o log.o print.o compare.o) \
	$(B)/guests/lib/crc32.o

$(CONF)/cases: $(CONF)/cases.o $(CONF_LIB)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis -lZycore

PROGRAMS += $(CONF)/cases

$(CONF)/native/native: $(addprefix $(CONF)/native/,main.o native.o entry.o) $(CONF_LIB)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lZydis -lZycore

PROGRAMS += $(CONF)/native/native
