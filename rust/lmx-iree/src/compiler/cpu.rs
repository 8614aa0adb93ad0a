//! Which CPU this is, as far as compiled code depends on it.

use std::fs;
use std::process::Command;

/// The lines of `/proc/cpuinfo` that decide what LLVM compiles for `host`, on x86-64 and on ARM. The others change from
/// boot to boot or from core to core.
const DECISIVE: [&str; 12] = [
    "vendor_id",
    "cpu family",
    "model",
    "model name",
    "stepping",
    "flags",
    "Features",
    "CPU implementer",
    "CPU architecture",
    "CPU variant",
    "CPU part",
    "isa",
];

/// The CPU's model and features as text; of the architecture alone where the system does not tell.
pub(super) fn identity() -> String {
    let arch = std::env::consts::ARCH;
    let detail = match fs::read_to_string("/proc/cpuinfo") {
        Ok(text) => decisive(&text),
        Err(_) => sysctl().unwrap_or_default(),
    };
    format!("{arch}\n{detail}")
}

/// The decisive lines, each distinct one once, so that a machine with two kinds of cores is neither of them.
fn decisive(cpuinfo: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in cpuinfo.lines() {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        if !DECISIVE.contains(&key.trim()) {
            continue;
        }
        let line = format!("{}:{}", key.trim(), value.trim());
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("\n")
}

/// macOS.
fn sysctl() -> Option<String> {
    let out = Command::new("/usr/sbin/sysctl")
        .args(["machdep.cpu", "hw.optional"])
        .output()
        .ok()?;
    String::from_utf8(out.stdout).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_CORES: &str = "processor\t: 0\nmodel name\t: A\ncpu MHz\t\t: 2596.1\nflags\t\t: avx avx2\n\n\
                             processor\t: 1\nmodel name\t: A\ncpu MHz\t\t: 1200.0\nflags\t\t: avx avx2\n";

    #[test]
    fn keeps_model_and_features_only() {
        assert_eq!(decisive(TWO_CORES), "model name:A\nflags:avx avx2");
    }

    #[test]
    fn a_feature_makes_a_difference() {
        assert_ne!(
            decisive(TWO_CORES),
            decisive(&TWO_CORES.replace(" avx2", ""))
        );
    }

    #[test]
    fn is_stable_and_says_something() {
        assert_eq!(identity(), identity());
        assert!(identity().starts_with(std::env::consts::ARCH));
    }
}
