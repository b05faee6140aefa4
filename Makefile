# Makefile: `make help` lists what it does. Everything built goes to build/.
CC       = gcc
CLANG    = clang
PYTHON   = python3
# Lines are enough of debug information: all of it takes the compiler a third longer.
CFLAGS   = -O2 -g1
WARN     = -Wall -Wextra -Wpedantic -Wconversion -Wshadow
SANITIZE = -g1 -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined
BPFFLAGS = -O2 -g -target bpf
LIBS     = -lelf -lpthread
# libpcap and Capstone are for mybpfc alone: captures, which it refuses without; machine code as text, which are bytes without.
# Their headers are asked for here; the libraries are loaded by the commands that need them (tools/library.h).
HAVE     = $(shell $(CC) -fsyntax-only -include $1 -x c /dev/null 2>/dev/null && echo yes)
PCAP     = $(call HAVE,pcap/pcap.h)
CAPSTONE = $(call HAVE,capstone/capstone.h)
PREFIX   = /usr/local
B        = build

# Tests that test/inside.c compiles together.
INSIDE   := $(addprefix test_,core facts guards passes passes_bytes pool x86_64)
HEADERS  := mybpf.h mybpf_jit.h mybpf_aot.h mybpf_bare.h
SRC      := $(shell find src -name '*.[ch]')
TEST     := $(filter-out $(INSIDE),$(patsubst test/%.c,%,$(wildcard test/*.c)))
TESTH    := $(wildcard test/*.h tools/*.h)
TOOLS    := $(patsubst tools/%.c,%,$(wildcard tools/*.c))
EXAMPLES := $(patsubst %.c,$(B)/%.o,$(wildcard examples/*.c))
OBJECTS  := $(patsubst %.c,$(B)/%.o,$(wildcard test/objects/*.c))

# Tests with a copy of the library of their own that run little of it: to optimise that takes longer than they do.
BRIEF    := inside.o test_arm64.o test_image.o test_riscv64.o

# Where tests find what was built; MYBPF_CORPUS (a folder of conformance data) passes through.
export MYBPF_TEST_OBJECTS = $(abspath $B/test/objects)
export MYBPF_EXAMPLES     = $(abspath $B/examples)
export MYBPF_TOOLS        = $(abspath $B/asan/tools)
export CC CLANG

all: amalgam tools examples ## the root headers, the tools, the examples

demo: ## Fibonacci five ways, with a table of times; installs what is missing
	@tools/setup.sh build
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@$(PYTHON) bench/fib.py --demo

setup: ## installs what building, testing and measuring need
	@tools/setup.sh all

# ---- products ----

amalgam: $(HEADERS) ## the four root headers, from src/
$(HEADERS) &: amalgamate.py $(SRC)
	$(PYTHON) amalgamate.py
	@touch $(HEADERS)

check-amalgam: ## fails when a root header is not what src/ gives
	$(PYTHON) amalgamate.py --check

tools: $(TOOLS:%=$B/tools/%) ## mybpfc and the runtimes, in build/tools
$B/tools/%: tools/%.c $(wildcard tools/*.h) $B/product/obj/impl.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARN) $(TOOL_FLAGS) -I. $< $B/product/obj/impl.o $(LIBS) $(TOOL_LIBS) -o $@
%/mybpfc: TOOL_FLAGS = $(if $(PCAP),-DMYBPF_HAVE_PCAP) $(if $(CAPSTONE),-DMYBPF_HAVE_CAPSTONE)
%/mybpfc: TOOL_LIBS = -ldl

examples: $(EXAMPLES) ## the example programs, in build/examples
$B/examples/%.o: examples/%.c mybpf.h
	@mkdir -p $(@D)
	$(CLANG) $(BPFFLAGS) -I. -c $< -o $@
# clang 14 leaves out the type tag of a pointer to a struct.
TAG_CLANG = $(firstword $(wildcard $(foreach v,20 19 18 17 16,/usr/bin/clang-$v)) $(CLANG))
%/kptr.o: BPF_CLANG = $(TAG_CLANG)
# and address spaces are from 19 on.
%/objects/arena.o: BPF_CLANG = $(TAG_CLANG)
$B/test/objects/%.o: test/objects/%.c mybpf.h
	@mkdir -p $(@D)
	$(or $(BPF_CLANG),$(CLANG)) $(BPFFLAGS) -I. -c $< -o $@

# ---- tests ----

-include test/fuzz/fuzz.mk
include test/cross.mk

test: ## every test, a total at the end; a quarter of an hour on two cores
	-@tools/setup.sh all
	@$(PYTHON) test/run.py

campaign: $B/product/test ## random programs, PROGRAMS (a million) on each of MACHINES (those built); hours
	@test/test_random.py --programs $(or $(PROGRAMS),1000000) $(addprefix --seed ,$(MYBPF_SEED)) $(MACHINES)

soundness: $B/product/test ## random programs, PROGRAMS (a million): what the verifier claims and accepts; minutes
	MYBPF_PROGRAMS=$(or $(PROGRAMS),1000000) $B/product/test --filter verify_sound.covered
	MYBPF_PROGRAMS=$(or $(PROGRAMS),1000000) $B/product/test --filter verify_sound.accepted

# What the parts of test/run.py need; built by it, side by side.
test-build: all $(OBJECTS) $B/verify_corpus $B/packet_objects $B/asan/test $B/product/test $(TOOLS:%=$B/asan/tools/%) $(FUZZ:%=$B/fuzz/fuzz_%)

# One test binary from the authored files with sanitizers, one from the product as users compile it.
$B/asan/test: $(TEST:%=$B/asan/obj/%.o)
	$(CC) $(SANITIZE) $^ $(LIBS) -o $@
$B/asan/obj/%.o: test/%.c $(TESTH) $(SRC)
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $(WARN) -Isrc -c $< -o $@
$B/asan/tools/%: tools/%.c $(wildcard tools/*.h) $B/asan/obj/impl.o
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $(WARN) $(TOOL_FLAGS) -Isrc $< $B/asan/obj/impl.o $(LIBS) $(TOOL_LIBS) -o $@
$B/product/test: $(TEST:%=$B/product/obj/%.o)
	$(CC) $^ $(LIBS) -o $@
$B/product/obj/%.o: test/%.c $(TESTH) $(HEADERS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARN) -I. -c $< -o $@
# Those of BRIEF.
$(addprefix $B/asan/obj/,$(BRIEF)): SANITIZE += -O0
$(addprefix $B/product/obj/,$(BRIEF)): CFLAGS += -O0
# The verdict on each program of a corpus: build/verify_corpus FILE.jsonl
$B/verify_corpus: test/corpus/verify_corpus.c test/verdicts.h test/corpus.c test/corpus.h $B/product/obj/impl.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARN) -I. -Itest $(filter %.c %.o,$^) $(LIBS) -o $@
# Programs of objects on packets, here and in the kernel: build/packet_objects FILE.o...
$B/packet_objects: test/corpus/packet_objects.c $B/product/obj/impl.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARN) -I. $^ $(LIBS) -o $@
# These hold the tests of the engines once more, on other builds of the interpreter.
$(foreach build,asan product,$(foreach test,interp_switch interpreter_only,$B/$(build)/obj/test_$(test).o)): \
    test/test_interp.c test/test_run.c test/test_equal.c
$B/asan/obj/inside.o $B/product/obj/inside.o: $(INSIDE:%=test/%.c)

# The library compiled by a C compiler without GNU's extensions, for the tests of the product.
$B/plain/test: $B/plain/impl.o $(patsubst %,$B/product/obj/%.o,$(filter-out impl,$(TEST)))
	$(CC) -z noexecstack $^ $$(tcc -print-search-dirs | grep 'libtcc1\.a') $(LIBS) -o $@
$B/plain/impl.o: test/impl.c $(HEADERS)
	@mkdir -p $(@D)
	tcc -I. -c $< -o $@

# The library compiled by clang, for the tests of the product.
$B/clang/test: $B/clang/impl.o $(patsubst %,$B/product/obj/%.o,$(filter-out impl,$(TEST)))
	$(CC) $^ $(LIBS) -o $@
$B/clang/impl.o: test/impl.c $(HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(CFLAGS) $(WARN) -I. -c $< -o $@

# Tests with threads, and what they need of the others.
TSAN := $(patsubst %,test/%.c,impl main data_run data_file test_instance $(filter test_map% test_kptr test_arena,$(TEST)))
tsan: ## threads on maps and instances under ThreadSanitizer: ten million operations
	@mkdir -p $B/tsan
	$(CC) -g -O1 -fsanitize=thread -Isrc $(TSAN) -DMYBPF_BARE_IMPLEMENTATION $(LIBS) -o $B/tsan/test
	MYBPF_MAP_OPS=$(or $(OPS),10000000) $B/tsan/test --filter threads
	$B/tsan/test --filter instance

leaks: $B/product/test $(OBJECTS) ## 100,000 (LOADS) objects loaded, run and closed: memory is counted
	MYBPF_LOADS=$(or $(LOADS),100000) $B/product/test --filter leaks

asan: $B/asan/test $(OBJECTS) $(EXAMPLES) ## the C tests alone, with sanitizers
	$B/asan/test
conformance: $B/asan/test ## DIR=FOLDER: runs the .data files of bpf_conformance or ubpf in it on every engine
	@$(if $(DIR),$B/asan/test --data "$(DIR)",echo "make conformance DIR=FOLDER: say where the .data files are" >&2; exit 2)
check-headers: amalgam ## the headers in every order, language and compiler
	$(PYTHON) test/test_headers.py

proofs: $B/product/test ## all of the value domain's proofs, z3's and the exhaustive ones; long
	MYBPF_EXHAUSTIVE=1 $B/product/test --filter scalar.
	test/test_scalar_proof.py --all

coverage: $(OBJECTS) $(EXAMPLES) ## the C tests' line coverage, file by file
	@mkdir -p $B/coverage
	cd $B/coverage && $(CC) -g -O0 --coverage -I../../src $(TEST:%=../../test/%.c) $(LIBS) -o test && ./test >log
	cd $B/coverage && gcov -r -n -s ../.. test-impl.gcda | sed -n "s/^File '\(.*\)'/\1/p; s/^Lines executed:/	/p" | paste - - | sort

# ---- measuring, formatting, installing ----

bench: all $B/bench/fib_engines $B/bench/kernels_run $B/bench/guard_cost $B/bench/run_cost $B/bench/jit_time $B/bench/verify_time $B/bench/fib_kernel.o bench-kernels $B/bench/guard_kernel.o bench-maps ## Fibonacci at 10^10 and the rest of bench/; minutes
	@$(PYTHON) bench/fib.py 10000000000
	@$(PYTHON) bench/start.py
	@$B/bench/fib_engines $B/bench/fib_kernel.o 1000000000
	@$(PYTHON) bench/kernels.py $(PEER_NAMES:%=--peer %)
	@$B/bench/guard_cost $B/bench/guard_kernel.o
	@$B/bench/maps $B/bench/maps_programs.o --json $B/bench/maps.json
	@$B/bench/run_cost
	@$B/bench/jit_time
	@$B/bench/verify_time
	@bench/compile_time.sh
	@MYBPF_TOOLS=$(abspath $B/tools) bench/sizes.sh
	@MYBPF_TOOLS=$(abspath $B/tools) $(PYTHON) bench/code_size.py $B/examples
$B/bench/%: bench/%.c bench/bench.h $(HEADERS)
	@mkdir -p $(@D)
	$(CC) -O3 -falign-functions=64 -falign-loops=64 $(WARN) -I. $(filter %.c,$^) $(LIBS) -o $@
$B/bench/fib_engines: bench/fib_kernel.c
# Each kernel as eBPF, and by three compilers of the host; scalar is the yardstick.
KERNELS           := $(patsubst bench/kernels/%.c,%,$(wildcard bench/kernels/*.c))
KERNEL_CC_scalar   = $(CC) -O3 -fno-tree-vectorize -falign-functions=64 -falign-loops=64
KERNEL_CC_gcc      = $(CC) -O3
KERNEL_CC_clang    = $(CLANG) -O2
KERNEL_NATIVE     := $(foreach by,scalar gcc clang,$(KERNELS:%=$B/bench/kernels/$(by)/%.o))
# Other runtimes to compare with, as NAME=FOLDER of each one's sources and build: bench/peers/NAME.c says what it wants.
PEERS             :=
PEER_NAMES        := $(foreach peer,$(PEERS),$(firstword $(subst =, ,$(peer))))
PEER_FOLDER        = $(patsubst $1=%,%,$(filter $1=%,$(PEERS)))
PEER_LLVM          = /usr/lib/llvm-15
RUSTC              = rustc
PEER_FLAGS_ubpf    = -I$1/vm/inc -I$1/build/vm
PEER_LIBS_ubpf     = $1/build/lib/libubpf.a
PEER_FLAGS_ubpf_interpreter = $(PEER_FLAGS_ubpf)
PEER_LIBS_ubpf_interpreter  = $(PEER_LIBS_ubpf)
PEER_FLAGS_llvmbpf = -std=c++20 -isystem $1/include -isystem $1/src -isystem $(PEER_LLVM)/include
PEER_LIBS_llvmbpf  = $1/libllvmbpf_vm.a -L$(PEER_LLVM)/lib -lLLVM -lspdlog -lfmt
PEER_FLAGS_rbpf    = -L dependency=$1/target/release/deps --extern rbpf=$1/target/release/librbpf.rlib
bench-kernels: $(KERNELS:%=$B/bench/kernels/bpf/%.o) $B/bench/kernels_run $(PEER_NAMES:%=$B/bench/peers/%.so)
PEER_OF            = $(call $1_$2,$(call PEER_FOLDER,$2))
$B/bench/peers/%.so: bench/peers/%.c bench/peers/ubpf.c bench/peers/peer.h
	@mkdir -p $(@D)
	$(CC) -O2 -fPIC -shared $(WARN) $(call PEER_OF,PEER_FLAGS,$*) $< $(call PEER_OF,PEER_LIBS,$*) -o $@
$B/bench/peers/%.so: bench/peers/%.cpp bench/peers/peer.h
	@mkdir -p $(@D)
	$(CXX) -O2 -fPIC -shared $(WARN) $(call PEER_OF,PEER_FLAGS,$*) $< $(call PEER_OF,PEER_LIBS,$*) -o $@
$B/bench/peers/%.so: bench/peers/%.rs
	@mkdir -p $(@D)
	$(RUSTC) --edition 2021 -O --crate-type cdylib $(call PEER_OF,PEER_FLAGS,$*) $< -o $@
$B/bench/kernels_run: bench/kernels_run.c bench/bench.h bench/kernels/list.h bench/peers/peer.h $(KERNEL_NATIVE) $(HEADERS)
	$(CC) -O2 $(WARN) -I. $< $(KERNEL_NATIVE) $(LIBS) -o $@
$(KERNEL_NATIVE): $B/bench/kernels/%.o: bench/kernels/kernel.h $(KERNELS:%=bench/kernels/%.c)
	@mkdir -p $(@D)
	$(KERNEL_CC_$(patsubst %/,%,$(dir $*))) -DKERNEL_BY=$(patsubst %/,%,$(dir $*)) -c bench/kernels/$(notdir $*).c -o $@
$B/bench/kernels/bpf/%.o: bench/kernels/%.c bench/kernels/kernel.h
	@mkdir -p $(@D)
	$(CLANG) $(BPFFLAGS) -mcpu=v3 -fno-builtin -c $< -o $@
$B/bench/guard_kernel.o: bench/guard_kernel.c
	@mkdir -p $(@D)
	$(CLANG) $(BPFFLAGS) -mcpu=v3 -c $< -o $@
bench-maps: $B/bench/maps $B/bench/maps_programs.o
$B/bench/maps_programs.o: bench/maps_programs.c mybpf.h
	@mkdir -p $(@D)
	$(CLANG) $(BPFFLAGS) -mcpu=v3 -I. -c $< -o $@
$B/bench/%.o: bench/%.c
	@mkdir -p $(@D)
	$(CLANG) $(BPFFLAGS) -c $< -o $@

format: ## clang-format over everything written by hand
	clang-format -i $(SRC) $(wildcard tools/*.[ch] test/*.[ch] test/*/*.[ch] bench/*.[ch] examples/*.[ch])

install: all ## headers, tools and a pkg-config file under PREFIX (DESTDIR honoured)
	install -d $(DESTDIR)$(PREFIX)/include $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig
	install -m 644 $(HEADERS) $(DESTDIR)$(PREFIX)/include
	install $(TOOLS:%=$B/tools/%) $(DESTDIR)$(PREFIX)/bin
	printf 'Name: mybpf\nDescription: eBPF runtime in one header\nVersion: %s\nCflags: -I%s/include\nLibs: -lelf\n' \
	    $$(sed -n 's/^#define MYBPF_VERSION  *"\(.*\)"/\1/p' mybpf.h) $(PREFIX) >$(DESTDIR)$(PREFIX)/lib/pkgconfig/mybpf.pc

clean: ## removes build/
	rm -rf $B

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

.PHONY: all demo setup amalgam check-amalgam tools examples test test-build campaign soundness asan leaks tsan conformance check-headers proofs coverage bench \
        bench-kernels bench-maps format install clean help
.DELETE_ON_ERROR:
.SECONDARY:
