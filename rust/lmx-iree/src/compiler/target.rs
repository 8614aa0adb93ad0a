//! What to compile for, and the compiler flags that say so.

use super::cpu;

/// A code generator of IREE's compiler.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backend {
    /// The CPU of this machine; for the devices `local-task` and `local-sync`.
    LlvmCpu,
    /// An NVIDIA GPU of an architecture such as `sm_80`; for the device `cuda`.
    Cuda {
        /// Architecture.
        arch: String,
    },
    /// Any GPU with a Vulkan driver; for the device `vulkan`.
    Vulkan {
        /// A family such as `ampere`; `None` is IREE's default, which runs widely.
        family: Option<String>,
    },
    /// An Apple GPU; for the device `metal`.
    Metal,
    /// An AMD GPU of an architecture such as `gfx1100`; for the device `hip`.
    Rocm {
        /// Architecture.
        arch: String,
    },
}

/// A backend with its options. Which options are fastest differs from net to net.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    backend: Backend,
    data_tiling: bool,
    extra: Vec<String>,
}

impl Target {
    /// This machine's CPU, with the compiler's default options.
    pub fn llvm_cpu() -> Target {
        Target::new(Backend::LlvmCpu)
    }

    /// A backend with the compiler's default options.
    pub fn new(backend: Backend) -> Target {
        Target {
            backend,
            data_tiling: false,
            extra: Vec::new(),
        }
    }

    /// Repacks the operands of products into tiles and uses IREE's microkernels (CPU only; elsewhere it does nothing).
    pub fn data_tiling(mut self, on: bool) -> Target {
        self.data_tiling = on;
        self
    }

    /// Adds a flag of `iree-compile`, such as `--iree-opt-level=O2`. Later flags win over earlier ones.
    pub fn flag(mut self, flag: impl Into<String>) -> Target {
        self.extra.push(flag.into());
        self
    }

    /// The backend.
    pub fn backend(&self) -> &Backend {
        &self.backend
    }

    /// The flags for `iree-compile`, in order.
    pub fn flags(&self) -> Vec<String> {
        let mut flags = vec!["--iree-input-type=stablehlo".to_owned()];
        let mut push = |flag: &str| flags.push(flag.to_owned());
        match &self.backend {
            Backend::LlvmCpu => {
                push("--iree-hal-target-device=local");
                push("--iree-hal-local-target-device-backends=llvm-cpu");
                push("--iree-llvmcpu-target-cpu=host");
                if self.data_tiling {
                    push("--iree-opt-data-tiling=true");
                    push("--iree-llvmcpu-enable-ukernels=all");
                }
            }
            Backend::Cuda { arch } => {
                push("--iree-hal-target-device=cuda");
                push(&format!("--iree-cuda-target={arch}"));
            }
            Backend::Vulkan { family } => {
                push("--iree-hal-target-device=vulkan");
                if let Some(family) = family {
                    push(&format!("--iree-vulkan-target={family}"));
                }
            }
            Backend::Metal => push("--iree-hal-target-device=metal"),
            Backend::Rocm { arch } => {
                push("--iree-hal-target-device=hip");
                push(&format!("--iree-rocm-target={arch}"));
            }
        }
        flags.extend(self.extra.iter().cloned());
        flags
    }

    /// What the flags alone do not say: which CPU `host` is.
    pub(super) fn cpu_identity(&self) -> Option<String> {
        (self.backend == Backend::LlvmCpu).then(cpu::identity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_flags() {
        assert_eq!(
            Target::llvm_cpu()
                .data_tiling(true)
                .flag("--iree-opt-level=O2")
                .flags(),
            [
                "--iree-input-type=stablehlo",
                "--iree-hal-target-device=local",
                "--iree-hal-local-target-device-backends=llvm-cpu",
                "--iree-llvmcpu-target-cpu=host",
                "--iree-opt-data-tiling=true",
                "--iree-llvmcpu-enable-ukernels=all",
                "--iree-opt-level=O2",
            ]
        );
    }

    #[test]
    fn only_the_cpu_depends_on_this_machine() {
        assert!(Target::llvm_cpu().cpu_identity().is_some());
        assert!(Target::new(Backend::Metal).cpu_identity().is_none());
    }
}
