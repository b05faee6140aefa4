# cross.mk: the test binary for the machines of test/cross.txt: build/cross/NAME/test, from the authored files,
# static, so that qemu-user needs nothing but the file. UBSan tells what is wrong where the target has its runtime
# (i386's does not link statically); elsewhere it is a trap.
CROSS       := $(shell sed -n 's/^\([a-z][^ ]*\).*/\1/p' test/cross.txt)
CROSS_FLAGS  = -O1 -g -DMYBPF_NO_ELF -DTEST_STATIC $(WARN) -fsanitize=undefined,alignment \
               $(if $(filter /%,$(if $(findstring i686,$1),,$(shell $1 -print-file-name=libubsan.a))),-fno-sanitize-recover=all,-fsanitize-undefined-trap-on-error)

test-cross: ## the C tests on the machines of test/cross.txt, under qemu-user; minutes
	-@tools/setup.sh cross
	@test/test_cross.py --all

define cross_rules
$B/cross/$1/test: $(TEST:%=$B/cross/$1/%.o)
	@$2-gcc $$(call CROSS_FLAGS,$2-gcc) -static $$^ -lpthread -o $$@
$B/cross/$1/%.o: test/%.c
	@mkdir -p $$(@D)
	@$2-gcc $$(call CROSS_FLAGS,$2-gcc) -MMD -MP -Isrc -c $$< -o $$@
endef
$(foreach name,$(CROSS),$(eval $(call cross_rules,$(name),$(shell awk '$$1 == "$(name)" { print $$2 }' test/cross.txt))))
-include $(wildcard $B/cross/*/*.d)

.PHONY: test-cross
