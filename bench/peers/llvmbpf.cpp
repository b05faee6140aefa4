/* llvmbpf.cpp: LLVM's JIT as a peer, the way llvmbpf drives it. PEERS="llvmbpf=FOLDER", where FOLDER holds
 * its sources and libllvmbpf_vm.a, a Release build of them; PEER_LLVM is the folder of the LLVM it was built
 * with, /usr/lib/llvm-15 if nothing is said. The static library wants spdlog and fmt as shared ones. */
#include "peer.h"
#include <cstdio>
#include <llvmbpf.hpp>

struct code {
    bpftime::llvmbpf_vm vm;
    bpftime::precompiled_ebpf_function run;
};

static void *open_code(const void *insns, uint32_t count, peer_helper *helper)
{
    code *c = new code;
    if (!c->vm.register_external_function(1, "helper", reinterpret_cast<void *>(helper)) &&
        !c->vm.load_code(insns, size_t(count) * 8))
        if (auto made = c->vm.compile()) return c->run = *made, c;
    std::fprintf(stderr, "llvmbpf: %s\n", c->vm.get_error_message().c_str());
    delete c;
    return nullptr;
}

static uint64_t run_code(void *user, void *memory, uint64_t count)
{
    return static_cast<code *>(user)->run(memory, size_t(count));
}

static void close_code(void *user) { delete static_cast<code *>(user); }

const peer bench_peer = {"llvmbpf", 0, open_code, run_code, close_code, nullptr, nullptr};
