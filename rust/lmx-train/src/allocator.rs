//! A setting of the C allocator that IREE's CPU runtime profits from.

/// Makes glibc keep large blocks instead of returning them to the system.
///
/// IREE's local devices allocate the transient buffers of a step (100 to 300 MB for a convolutional net) anew at each call. By
/// default glibc maps such blocks and unmaps them when they are freed, so that every step pays for fresh zeroed pages: a third to
/// a half of the processor time of a mnist-cnn step, measured with IREE's own benchmark tool. With these settings a freed block is
/// used again. The cost is that memory once used stays with the process until it ends.
///
/// Call it first in `main`: it does not move blocks that exist, and the number of arenas is fixed by the first threads. On
/// other systems it does nothing.
pub fn keep_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    for (parameter, value) in [
        // Never by mmap.
        (libc::M_MMAP_MAX, 0),
        // Never give back the top of the heap.
        (libc::M_TRIM_THRESHOLD, libc::c_int::MAX),
        // One arena for all threads, so that a block freed by one serves another.
        (libc::M_ARENA_MAX, 1),
    ] {
        // SAFETY: mallopt takes two integers and may be called at any time; it returns 0 for a parameter that this glibc
        // does not know, and then nothing changes.
        unsafe { libc::mallopt(parameter, value) };
    }
}
