# cross.mk: the test binary for the machines of test/cross.txt: build/cross/NAME/test, from the authored files,
# static, so that qemu-user needs nothing but the file. With libelf where test/sysroot.sh has put one into
# build/cross/NAME/sysroot. UBSan tells what is wrong where the target has its runtime (i386's does not link
# statically); elsewhere it is a trap. The verifier gives up sooner than elsewhere: programs that use up what it may visit
# take long under an emulator, and show nothing there that they do not show here.
CROSS       := $(shell sed -n 's/^\([a-z][^ ]*\).*/\1/p' test/cross.txt)
CROSS_FLAGS  = -O1 -g1 -DTEST_STATIC -DMYBPF_MAX_VISITED=100000u $(WARN) -fsanitize=undefined,alignment \
               $(if $(filter /%,$(if $(findstring i686,$1),,$(shell $1 -print-file-name=libubsan.a))),-fno-sanitize-recover=all,-fsanitize-undefined-trap-on-error)

test-cross: ## the C tests on the machines of test/cross.txt, under qemu-user; minutes
	-@tools/setup.sh cross
	@test/test_cross.py --all

# $1: the machine, $2: its compiler, $3: its libelf, if there is one.
define cross_rules
$B/cross/$1/test: $(TEST:%=$B/cross/$1/%.o)
	@$2 $$(call CROSS_FLAGS,$2) -static $$^ $3 $(3:%libelf.a=%libz.a) -lpthread -o $$@
$B/cross/$1/%.o: test/%.c $3
	@mkdir -p $$(@D)
	@$2 $$(call CROSS_FLAGS,$2) $(if $3,-isystem $B/cross/$1/sysroot/usr/include,-DMYBPF_NO_ELF) -MMD -MP -Isrc -c $$< -o $$@
endef
$(foreach name,$(CROSS),$(addprefix $B/cross/$(name)/,$(BRIEF) compare_switch.o test_interp_switch.o test_verify_sound.o)): CROSS_FLAGS += -O0
$(foreach name,$(CROSS),$(eval $(call cross_rules,$(name),$(shell \
    awk '$$1 == "$(name)" { print $$2 "-gcc" }' test/cross.txt),$(wildcard $B/cross/$(name)/sysroot/usr/lib/*/libelf.a))))
-include $(wildcard $B/cross/*/*.d)

# The programs that tests read, for machines of both byte orders.
test-objects: $(OBJECTS) $(EXAMPLES) $(OBJECTS:$B/test/objects/%=$B/bpfeb-objects/%) $(EXAMPLES:$B/examples/%=$B/bpfeb-examples/%)
$B/bpfeb-objects/%.o: test/objects/%.c mybpf.h
	@mkdir -p $(@D)
	$(CLANG) $(BPFFLAGS:bpf=bpfeb) -I. -c $< -o $@
$B/bpfeb-examples/%.o: examples/%.c mybpf.h
	@mkdir -p $(@D)
	$(CLANG) $(BPFFLAGS:bpf=bpfeb) -I. -c $< -o $@
%/load_bpfel.o: BPFFLAGS += -target bpfel
%/load_bpfeb.o: BPFFLAGS += -target bpfeb

.PHONY: test-cross test-objects
