//! Loaded modules.

use std::fmt;

use eerie::runtime::{BufferView, Function, Program};

use super::shared::Shared;
use super::{Device, DeviceTensor, failed};
use crate::{CompiledModule, IreeError};

/// The one function of a module that `lmx-mlir` emits.
const FUNCTION: &str = "module.main";

/// A compiled module on a device, ready to be called. Any thread may call it, one at a time.
pub struct Session {
    // Before the device, so that it is dropped first.
    function: Shared<(Function, Program)>,
    device: Device,
}

impl Session {
    /// Loads a module whose function is called `main`.
    ///
    /// # Errors
    /// Where the module was compiled for another kind of device, or is no module.
    pub fn load(device: &Device, module: &CompiledModule) -> Result<Session, IreeError> {
        let pair = device
            .runtime()
            .with(|runtime, _| {
                let program = runtime.load_vmfb(module.bytes())?;
                Ok((program.function(FUNCTION)?, program))
            })
            .map_err(|error| {
                failed(
                    format!("load {} on {}", module.path().display(), device.name()),
                    &error,
                )
            })?;
        Ok(Session {
            function: Shared::new(pair, device.runtime().lock()),
            device: device.clone(),
        })
    }

    /// Calls the function and waits for its results, which stay on the device. They may be arguments of a later call.
    ///
    /// # Errors
    /// Where the arguments are not what the function takes (their number, dimensions or device), or the device fails.
    pub fn call(&self, args: &[&DeviceTensor]) -> Result<Vec<DeviceTensor>, IreeError> {
        for (index, arg) in args.iter().enumerate() {
            if *arg.device() != self.device {
                return Err(IreeError::OtherDevice {
                    index,
                    expected: self.device.name().to_owned(),
                    found: arg.device().name().to_owned(),
                });
            }
        }
        let views = self
            .function
            .with(|(function, _), held| {
                let args: Vec<&BufferView<f32>> = args
                    .iter()
                    .filter_map(|arg| arg.view().under(held))
                    .collect();
                let results = function.invoke(args)?;
                results
                    .into_iter()
                    .map(BufferView::<f32>::try_from)
                    .collect::<Result<Vec<_>, _>>()
            })
            .map_err(|error| failed("run the function", &error))?;
        Ok(views
            .into_iter()
            .map(|view| DeviceTensor::from_view(view, &self.device))
            .collect())
    }

    /// The device it runs on.
    pub fn device(&self) -> &Device {
        &self.device
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({FUNCTION} on {})", self.device.name())
    }
}
