# Makefile: `make help` lists what it does.
CC      = gcc
CFLAGS  = -O2 -g
WARN    = -Wall -Wextra -Wpedantic -Wconversion -Wshadow
CLANG   = clang
BPFFLAGS = -O2 -g -target bpf
BUILD   = build
PYTHON  = python3

SRC      := $(shell find src -name '*.[ch]')
HEADERS  := mybpf.h mybpf_jit.h mybpf_aot.h mybpf_bare.h
TESTS    := test/main.c test/impl.c $(wildcard test/test_*.c)
TOOLS    := $(patsubst tools/%.c,$(BUILD)/tools/%,$(wildcard tools/*.c))
EXAMPLES := $(patsubst %.c,$(BUILD)/%.o,$(wildcard examples/*.c))
OBJECTS  := $(patsubst %.c,$(BUILD)/%.o,$(wildcard test/objects/*.c))

all: amalgam $(TOOLS) $(EXAMPLES)  ## headers, tools and example objects

amalgam: $(HEADERS)  ## the four root headers, from src/
$(HEADERS) &: amalgamate.py $(SRC)
	$(PYTHON) amalgamate.py
	@touch $(HEADERS)

check-amalgam:  ## fails when a root header is out of date
	$(PYTHON) amalgamate.py --check

test: $(BUILD)/test/authored $(OBJECTS) $(EXAMPLES)  ## the whole suite
	$(BUILD)/test/authored

$(BUILD)/test/authored: $(TESTS) test/test.h $(SRC)
	@mkdir -p $(@D)
	$(CC) -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -Isrc -Itest $(TESTS) -lelf -lpthread -o $@

$(BUILD)/tools/%: tools/%.c $(HEADERS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARN) -I. $< -lelf -o $@

$(BUILD)/examples/%.o: examples/%.c mybpf.h
	@mkdir -p $(@D)
	$(CLANG) $(BPFFLAGS) -I. -c $< -o $@

$(BUILD)/test/objects/%.o: test/objects/%.c mybpf.h
	@mkdir -p $(@D)
	$(CLANG) $(BPFFLAGS) -I. -c $< -o $@

clean:  ## removes build/
	rm -rf $(BUILD)

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 16

.PHONY: all amalgam check-amalgam test clean help
.DELETE_ON_ERROR:
