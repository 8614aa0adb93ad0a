//! Devices.

use std::fmt;
use std::sync::Arc;

use eerie::runtime::{DeviceSpec, Runtime};

use super::failed;
use super::shared::{Lock, Shared};
use crate::IreeError;

/// The devices whose drivers are linked into this program.
const KNOWN: &[&str] = &[
    "local-task",
    "local-sync",
    #[cfg(feature = "cuda")]
    "cuda",
    #[cfg(feature = "vulkan")]
    "vulkan",
    #[cfg(all(target_os = "macos", target_arch = "aarch64"))]
    "metal",
];

/// A device that runs compiled modules. A clone is another handle to it; the last handle, tensor or session closes it.
///
/// Any thread may use it. Uses of one device are serialised: while a call runs, uploads, downloads and drops of
/// its tensors on other threads wait. A CUDA device must be used on the thread that opened it, where its context is current:
/// elsewhere CUDA answers with an error.
#[derive(Clone)]
pub struct Device {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    runtime: Shared<Runtime>,
}

impl Device {
    /// Opens a device: `local-task` (all cores), `local-sync` (the calling thread), and `cuda` or `vulkan` where this crate
    /// was built with the feature of that name.
    ///
    /// # Errors
    /// [`IreeError::UnknownDevice`], or the driver's own error.
    pub fn open(name: &str) -> Result<Device, IreeError> {
        if !KNOWN.contains(&name) {
            let hint = match name {
                "cuda" | "vulkan" => format!("; build with `--features {name}` to get it"),
                _ => String::new(),
            };
            return Err(IreeError::UnknownDevice {
                name: name.to_owned(),
                known: KNOWN.to_vec(),
                hint,
            });
        }
        let runtime = Runtime::new(DeviceSpec::custom(name.to_owned()))
            .map_err(|error| failed(format!("open the device {name}"), &error))?;
        let runtime = Shared::new(runtime, &Lock::default());
        Ok(Device {
            inner: Arc::new(Inner {
                name: name.to_owned(),
                runtime,
            }),
        })
    }

    /// The names that [`Device::open`] knows.
    pub fn known() -> &'static [&'static str] {
        KNOWN
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    pub(super) fn runtime(&self) -> &Shared<Runtime> {
        &self.inner.runtime
    }
}

/// Two handles are equal when they are handles to one opened device.
impl PartialEq for Device {
    fn eq(&self, other: &Device) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }
}

impl Eq for Device {}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Device({})", self.name())
    }
}
