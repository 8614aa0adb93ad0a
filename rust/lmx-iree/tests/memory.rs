//! Thousands of steps do not grow the process. A test binary of its own: other tests would move the figure.
#![cfg(target_os = "linux")]

mod common;

use common::{compile, sum_and_product};
use lmx_iree::{Device, DeviceTensor, Session};

/// Resident memory, MiB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|l| l.strip_prefix("VmRSS:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}

#[test]
fn two_thousand_steps_do_not_grow_the_process() {
    const N: usize = 16 * 1024;
    for name in ["local-sync", "local-task"] {
        let device = Device::open(name).unwrap();
        let session = Session::load(&device, &compile(&sum_and_product(N))).unwrap();
        let mut x = DeviceTensor::upload(&device, &[N as u64], &[0.0; N]).unwrap();
        let mut step = || {
            // A fresh batch, a result fed back, a result downloaded and one dropped unread, as in training.
            let batch = DeviceTensor::upload(&device, &[N as u64], &[1.0; N]).unwrap();
            let results = session.call(&[&x, &batch]).unwrap();
            assert_eq!(results[1].download().unwrap().len(), N);
            x = results[0].clone();
        };
        (0..200).for_each(|_| step());
        let before = resident();
        (0..2000).for_each(|_| step());
        let grown = resident() - before;
        // Each step makes 192 KiB of tensors: one leaked tensor of the three would be 125 MiB.
        assert!(
            grown < 4.0,
            "{name}: grew by {grown:.1} MiB over 2000 steps"
        );
        assert_eq!(x.download().unwrap()[0], 2200.0);
    }
}
