// rbpf.rs: rbpf's JIT as a peer. PEERS="rbpf=FOLDER", where FOLDER is its crate with a release build of it:
// target/release/librbpf.rlib and deps/. RUSTC is to be the compiler of that build.
use rbpf::EbpfVmMbuff;
use std::ffi::{c_char, c_int, c_void};
use std::slice;

type Helper = extern "C" fn(u64, u64, u64, u64, u64) -> u64;

/// `struct peer` of peer.h
#[repr(C)]
pub struct Peer {
    name: *const c_char,
    interprets: c_int,
    open: extern "C" fn(*const u8, u32, Helper) -> *mut c_void,
    run: extern "C" fn(*mut c_void, *mut u8, u64) -> u64,
    close: extern "C" fn(*mut c_void),
    most: usize, // none
    seconds: usize,
}
unsafe impl Sync for Peer {}

type Code = EbpfVmMbuff<'static>;

extern "C" fn open(insns: *const u8, count: u32, helper: Helper) -> *mut c_void {
    // Kept for good: the vm borrows its program.
    let bytes = unsafe { slice::from_raw_parts(insns, count as usize * 8) };
    let program: &'static [u8] = bytes.to_vec().leak();
    // Both conventions pass five numbers alike; through a function in between, a call would cost rbpf more.
    let helper = unsafe { std::mem::transmute::<Helper, rbpf::ebpf::Helper>(helper) };
    let made = EbpfVmMbuff::new(Some(program)).and_then(|mut code: Code| {
        code.register_helper(1, helper)?;
        code.jit_compile().map(|()| code)
    });
    match made {
        Ok(code) => Box::into_raw(Box::new(code)).cast(),
        Err(error) => {
            eprintln!("rbpf: {error}");
            std::ptr::null_mut()
        }
    }
}

/// rbpf defines r1 alone, but calls its code with the buffer's length in the register that is r2: the count is
/// handed over as the length. What a kernel returns is compared, so a version that does otherwise would show.
extern "C" fn run(code: *mut c_void, memory: *mut u8, count: u64) -> u64 {
    unsafe {
        let buffer = slice::from_raw_parts_mut(memory, count as usize);
        (*code.cast::<Code>())
            .execute_program_jit(&mut [], buffer)
            .unwrap_or(0)
    }
}

extern "C" fn close(code: *mut c_void) {
    drop(unsafe { Box::from_raw(code.cast::<Code>()) })
}

#[no_mangle]
#[allow(non_upper_case_globals)]
pub static bench_peer: Peer = Peer {
    name: c"rbpf".as_ptr(),
    interprets: 0,
    open,
    run,
    close,
    most: 0,
    seconds: 0,
};
