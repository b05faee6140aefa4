# fuzz.mk: the fuzz targets: one for each test/fuzz/fuzz_*.c. `make fuzz FUZZ=elf FUZZ_TIME=3600` is an hour of one.
FUZZ      = $(patsubst test/fuzz/fuzz_%.c,%,$(wildcard test/fuzz/fuzz_*.c))
FUZZ_TIME = 600

fuzz: $(FUZZ:%=$B/fuzz/fuzz_%) $B/fuzz/seeds ## fuzz targets, FUZZ_TIME (600) seconds each; FUZZ names some
	@test/fuzz/run.sh $B $(FUZZ_TIME) $(FUZZ)

# Part of `make test`: 12 seconds each.
fuzz-short: $(FUZZ:%=$B/fuzz/fuzz_%) $B/fuzz/seeds
	@test/fuzz/run.sh $B 12 $(FUZZ)

# Hostile programs use up what the verifier may visit: a small limit, so that an input takes no seconds.
# With libFuzzer where clang has it, else with main.c. Sanitizers take minutes for the interpreter with all its handlers: the small one.
FUZZ_FLAGS = $(SANITIZE) -DMYBPF_SMALL -DMYBPF_MAX_VISITED=20000u -Isrc
$B/fuzz/fuzz_%: test/fuzz/fuzz_%.c $B/fuzz/impl.o test/fuzz/main.c $(wildcard test/fuzz/*.h) $(SRC)
	@$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer $< $B/fuzz/impl.o $(LIBS) -o $@ 2>$@.log || { \
	    $(CC) $(FUZZ_FLAGS) $< test/impl.c test/fuzz/main.c $(LIBS) -o $@ && echo "$@: without libFuzzer, see $@.log"; }
$B/fuzz/impl.o: test/impl.c $(SRC)
	@mkdir -p $(@D)
	@$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -c $< -o $@ 2>$@.log || $(CC) $(FUZZ_FLAGS) -c $< -o $@

$B/fuzz/seeds: test/fuzz/seeds.py $(OBJECTS) $(EXAMPLES) $B/tools/mybpfc
	@rm -rf $@ && mkdir -p $@
	@$(PYTHON) test/fuzz/seeds.py $B

.PHONY: fuzz fuzz-short
