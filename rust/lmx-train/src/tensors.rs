//! Named tensors in memory, and in safetensors files.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use lmx_graph::file::read_limited;
use lmx_graph::text::short;
use safetensors::tensor::{Dtype, SafeTensors, View};

use crate::atomic::write_atomically;
use crate::error::TrainError;

/// A named tensor of 32-bit floats, dense and row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct HostTensor {
    /// Its name.
    pub name: String,
    /// Its dimensions, outermost first.
    pub dims: Vec<u64>,
    /// Its elements.
    pub data: Vec<f32>,
}

/// The number of elements of a tensor that is to be in memory.
pub(crate) fn element_count(name: &str, dims: &[u64]) -> Result<usize, TrainError> {
    dims.iter()
        .try_fold(1u64, |n, d| n.checked_mul(*d))
        // In bytes it must fit too.
        .filter(|n| n.checked_mul(4).is_some_and(|n| isize::try_from(n).is_ok()))
        .and_then(|n| usize::try_from(n).ok())
        .ok_or_else(|| TrainError::TooLarge {
            name: name.to_owned(),
            dims: dims.to_vec(),
        })
}

struct Bytes<'a>(&'a HostTensor, Vec<usize>);

impl View for Bytes<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.1
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.0.data.iter().flat_map(|x| x.to_le_bytes()).collect())
    }

    fn data_len(&self) -> usize {
        self.0.data.len() * 4
    }
}

/// The bytes of a safetensors file.
pub(crate) fn to_safetensors<'a>(
    tensors: impl IntoIterator<Item = (String, &'a HostTensor)>,
    metadata: HashMap<String, String>,
) -> Result<Vec<u8>, TrainError> {
    let mut views = Vec::new();
    for (name, tensor) in tensors {
        // A dimension that does not fit is refused before its tensor is made.
        let dims = tensor.dims.iter().map(|d| usize::try_from(*d));
        let dims = dims
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| TrainError::TooLarge {
                name: name.clone(),
                dims: tensor.dims.clone(),
            })?;
        views.push((name, Bytes(tensor, dims)));
    }
    let metadata = (!metadata.is_empty()).then_some(metadata);
    safetensors::serialize(views, metadata).map_err(TrainError::Serialize)
}

/// The f32 tensors of safetensors bytes, with the file's metadata. `path` is for messages.
pub(crate) fn from_safetensors(
    path: &Path,
    bytes: &[u8],
) -> Result<(Vec<HostTensor>, HashMap<String, String>), TrainError> {
    let refused = |source| TrainError::Safetensors {
        path: path.to_owned(),
        source,
    };
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(refused)?;
    let file = SafeTensors::deserialize(bytes).map_err(refused)?;
    let mut tensors = Vec::new();
    for (name, view) in file.iter() {
        if view.dtype() != Dtype::F32 {
            return Err(TrainError::TensorType {
                path: path.to_owned(),
                name: short(name),
                found: format!("{:?}", view.dtype()),
            });
        }
        let (words, _) = view.data().as_chunks::<4>();
        tensors.push(HostTensor {
            name: name.to_owned(),
            dims: view.shape().iter().map(|d| *d as u64).collect(),
            data: words.iter().map(|w| f32::from_le_bytes(*w)).collect(),
        });
    }
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((tensors, header.metadata().clone().unwrap_or_default()))
}

/// Reads the tensors of a safetensors file of at most `limit` bytes, sorted by name.
///
/// # Errors
/// Where it cannot be read, is larger, is no safetensors file, or holds another type than f32.
pub fn read_safetensors(path: &Path, limit: u64) -> Result<Vec<HostTensor>, TrainError> {
    let bytes = read_limited(path, limit)?;
    Ok(from_safetensors(path, &bytes)?.0)
}

/// Writes tensors to a safetensors file, whole or not at all.
///
/// # Errors
/// Where it cannot be written.
pub fn write_safetensors(path: &Path, tensors: &[HostTensor]) -> Result<(), TrainError> {
    let named = tensors.iter().map(|t| (t.name.clone(), t));
    write_atomically(path, &to_safetensors(named, HashMap::new())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_keeps_every_bit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.safetensors");
        let data = vec![
            1.5,
            -0.0,
            f32::MIN_POSITIVE / 2.0,
            f32::INFINITY,
            1e-20,
            3.0,
        ];
        let matrix = HostTensor {
            name: "a/b".into(),
            dims: vec![2, 3],
            data,
        };
        let scalar = HostTensor {
            name: "s".into(),
            dims: vec![],
            data: vec![7.0],
        };
        write_safetensors(&path, &[scalar.clone(), matrix.clone()]).unwrap();
        let found = read_safetensors(&path, 1 << 20).unwrap();
        assert_eq!(found, [matrix.clone(), scalar]);
        let bits = |t: &HostTensor| t.data.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&found[0]), bits(&matrix));
    }

    #[test]
    fn what_is_no_safetensors_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.safetensors");
        std::fs::write(&path, b"not a file of tensors").unwrap();
        let error = read_safetensors(&path, 1 << 20).unwrap_err();
        assert!(error.to_string().contains("t.safetensors"), "{error}");
        assert!(read_safetensors(&path, 3).is_err());
    }
}
