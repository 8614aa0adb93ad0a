//! Tensors on a device.

use std::fmt;
use std::sync::Arc;

use eerie::runtime::BufferView;

use super::shared::Shared;
use super::{Device, failed};
use crate::IreeError;

/// A tensor of 32-bit floats on a device, dense and row-major. A clone is another handle to the same memory.
///
/// Nothing writes to a tensor once it is made.
#[derive(Clone)]
pub struct DeviceTensor {
    // Before the device, so that it is dropped first.
    view: Arc<Shared<BufferView<f32>>>,
    dims: Arc<[u64]>,
    device: Device,
}

impl DeviceTensor {
    /// Copies data to a device. A scalar has no dimensions.
    ///
    /// # Errors
    /// [`IreeError::ElementCount`] unless there are as many elements as the dimensions' product says.
    pub fn upload(device: &Device, dims: &[u64], data: &[f32]) -> Result<DeviceTensor, IreeError> {
        let too_large = || IreeError::TooLarge {
            dims: dims.to_vec(),
        };
        let sizes = dims
            .iter()
            .map(|&d| usize::try_from(d))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| too_large())?;
        let expected = sizes
            .iter()
            .try_fold(1_usize, |n, &d| n.checked_mul(d))
            .ok_or_else(too_large)?;
        if expected != data.len() {
            return Err(IreeError::ElementCount {
                dims: dims.to_vec(),
                expected,
                found: data.len(),
            });
        }
        let view = device
            .runtime()
            .with(|runtime, _| runtime.buffer_view(&sizes, data))
            .map_err(|error| failed(format!("upload a tensor of dimensions {dims:?}"), &error))?;
        Ok(DeviceTensor::from_view(view, device))
    }

    pub(super) fn from_view(view: BufferView<f32>, device: &Device) -> DeviceTensor {
        let dims = view.shape().into_iter().map(|d| d as u64).collect();
        DeviceTensor {
            view: Arc::new(Shared::new(view, device.runtime().lock())),
            dims,
            device: device.clone(),
        }
    }

    /// Copies the elements to this thread, row-major.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn download(&self) -> Result<Vec<f32>, IreeError> {
        self.view
            .with(|view, _| view.read())
            .map_err(|error| failed("download a tensor", &error))
    }

    /// Its dimensions, outermost first.
    pub fn dims(&self) -> &[u64] {
        &self.dims
    }

    /// The device it is on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    pub(super) fn view(&self) -> &Shared<BufferView<f32>> {
        &self.view
    }
}

impl fmt::Debug for DeviceTensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceTensor({:?} on {})", self.dims, self.device.name())
    }
}
