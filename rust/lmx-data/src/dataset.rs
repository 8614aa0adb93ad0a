//! A set in memory: a training and a test part of byte images and labels.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::catalog::{FileInfo, Normalization, SetInfo, find};
use crate::digits::{self, hex};
use crate::error::DataError;
use crate::get::{self, Event, GetOptions};
use crate::idx;

/// A set. Cloning is cheap: the data is shared.
#[derive(Clone, Debug)]
pub struct Dataset {
    name: &'static str,
    image_dims: Vec<u64>,
    classes: u64,
    normalization: Normalization,
    train: Part,
    test: Part,
}

/// The training or the test part of a set. Cloning is cheap: the data is shared.
///
/// Holds at least one example, `len() × product(image_dims)` pixels, and labels below `classes`.
#[derive(Clone, Debug)]
pub struct Part {
    data: Arc<Data>,
}

#[derive(Debug)]
struct Data {
    pixels: Vec<u8>,
    labels: Vec<u32>,
    pixels_per_image: usize,
    classes: usize,
    normalization: Normalization,
}

/// Where [`load`] looks.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// The folder that holds `data/`; by default [`get::home`].
    pub home: Option<PathBuf>,
    /// Read the set's four idx files (raw or `.gz`) from this folder as they are, without comparing checksums: for
    /// sets of your own in MNIST's format. Their images must have the set's dimensions and their labels its classes.
    pub unverified_dir: Option<PathBuf>,
}

/// Loads a set that is on this machine. Checksums are compared each time (about 0.1 s for MNIST).
///
/// # Errors
/// [`DataError::UnknownSet`]; [`DataError::Missing`] if [`crate::get()`] has not run; [`DataError::Checksum`]; and what [`idx`] refuses.
pub fn load(name: &str, options: &LoadOptions) -> Result<Dataset, DataError> {
    let info = find(name)?;
    let Some(files) = &info.files else {
        return digits::load(info);
    };
    let verify = options.unverified_dir.is_none();
    let dir = match &options.unverified_dir {
        Some(dir) => dir.clone(),
        None => get::set_dir(info.name, options.home.as_deref())?,
    };
    let part = |images: &FileInfo, labels: &FileInfo| {
        let image_bytes = read(info.name, &dir, images, verify)?;
        let label_bytes = read(info.name, &dir, labels, verify)?;
        part_from_idx(info, image_bytes, label_bytes)
    };
    let train = part(&files.train_images, &files.train_labels)?;
    let test = part(&files.test_images, &files.test_labels)?;
    Ok(Dataset::new(info, train, test))
}

/// Loads a set, and fetches it first if it is not here or is damaged.
///
/// # Errors
/// Those of [`load`] and of [`crate::get()`].
pub fn load_or_get(
    name: &str,
    options: &GetOptions,
    report: &mut dyn FnMut(Event<'_>),
) -> Result<Dataset, DataError> {
    let load_options = LoadOptions {
        home: options.home.clone(),
        unverified_dir: None,
    };
    match load(name, &load_options) {
        Err(DataError::Missing { .. } | DataError::Checksum { .. }) => {
            get::get(name, options, report)?;
            load(name, &load_options)
        }
        other => other,
    }
}

type Bytes = (Vec<u8>, PathBuf);

/// The bytes of a file of a set: `NAME`, or, in a folder of the user's, `NAME.gz`.
fn read(set: &str, dir: &Path, file: &FileInfo, verify: bool) -> Result<Bytes, DataError> {
    let mut path = dir.join(file.name);
    if !verify && !path.exists() {
        path = dir.join(format!("{}.gz", file.name));
    }
    if !path.exists() {
        return Err(DataError::Missing {
            set: set.to_owned(),
            file: dir.join(file.name),
        });
    }
    let opened = std::fs::File::open(&path).map_err(DataError::io("open", &path))?;
    let mut bytes = Vec::new();
    // One byte more than the parser takes, so that it is the parser who refuses what is too long.
    let limit = idx::MAX_BYTES + 17;
    opened
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(DataError::io("read", &path))?;
    if verify {
        let found = hex(&Sha256::digest(&bytes));
        if found != file.sha256 {
            let next = "run `lmx-rs data get` to replace it";
            return Err(DataError::Checksum {
                file: path,
                expected: file.sha256.to_owned(),
                found,
                next,
            });
        }
    }
    Ok((bytes, path))
}

fn part_from_idx(info: &SetInfo, images: Bytes, labels: Bytes) -> Result<Part, DataError> {
    let (images_bytes, images_file) = images;
    let (labels_bytes, labels_file) = labels;
    let images = idx::parse_images(&*images_bytes, &images_file)?;
    let found = vec![images.rows as u64, images.columns as u64, 1];
    if found != info.image_dims {
        return Err(DataError::ImageDims {
            file: images_file,
            expected: info.image_dims.to_vec(),
            found,
        });
    }
    let labels = idx::parse_labels(&*labels_bytes, &labels_file, info.classes)?;
    let labels = labels.into_iter().map(u32::from).collect();
    Part::new(info, images.pixels, labels, (images_file, labels_file))
}

impl Dataset {
    pub(crate) fn new(info: &SetInfo, train: Part, test: Part) -> Dataset {
        Dataset {
            name: info.name,
            image_dims: info.image_dims.to_vec(),
            classes: info.classes,
            normalization: info.normalization,
            train,
            test,
        }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Height, width, channels of an image.
    pub fn image_dims(&self) -> &[u64] {
        &self.image_dims
    }

    /// Number of classes.
    pub fn classes(&self) -> u64 {
        self.classes
    }

    /// How pixels become numbers.
    pub fn normalization(&self) -> Normalization {
        self.normalization
    }

    /// The training part.
    pub fn train(&self) -> &Part {
        &self.train
    }

    /// The test part.
    pub fn test(&self) -> &Part {
        &self.test
    }
}

impl Part {
    /// A part of a set, checked. `files` are the image and the label file, for messages.
    ///
    /// # Errors
    /// [`DataError::ImageDims`] if the pixels are no whole number of images, [`DataError::CountMismatch`], [`DataError::Label`],
    /// [`DataError::Empty`] if there is no example.
    pub fn new(
        info: &SetInfo,
        pixels: Vec<u8>,
        labels: Vec<u32>,
        files: (PathBuf, PathBuf),
    ) -> Result<Part, DataError> {
        let dims = info.image_dims.to_vec();
        let per_image = dims
            .iter()
            .try_fold(1u64, |n, &d| n.checked_mul(d))
            .and_then(|n| usize::try_from(n).ok());
        let (Some(pixels_per_image @ 1..), Ok(classes)) =
            (per_image, usize::try_from(info.classes))
        else {
            return Err(DataError::TooLarge {
                file: files.0,
                dims: format!("{dims:?}"),
                limit: idx::MAX_BYTES,
            });
        };
        if pixels.is_empty() {
            return Err(DataError::Empty {
                file: files.0,
                dims: "0".to_owned(),
            });
        }
        if !pixels.len().is_multiple_of(pixels_per_image) {
            let found = vec![pixels.len() as u64];
            return Err(DataError::ImageDims {
                file: files.0,
                expected: dims,
                found,
            });
        }
        let images = pixels.len() / pixels_per_image;
        if images != labels.len() {
            let (images_file, labels_file) = files;
            return Err(DataError::CountMismatch {
                images_file,
                images,
                labels_file,
                labels: labels.len(),
            });
        }
        if let Some((index, &label)) = labels
            .iter()
            .enumerate()
            .find(|(_, l)| u64::from(**l) >= info.classes)
        {
            return Err(DataError::Label {
                file: files.1,
                index,
                label,
                classes: info.classes,
            });
        }
        let normalization = info.normalization;
        Ok(Part {
            data: Arc::new(Data {
                pixels,
                labels,
                pixels_per_image,
                classes,
                normalization,
            }),
        })
    }

    /// Number of examples, at least 1.
    pub fn len(&self) -> usize {
        self.data.labels.len()
    }

    /// Never.
    pub fn is_empty(&self) -> bool {
        self.data.labels.is_empty()
    }

    /// The pixels of all images, one after the other, as stored.
    pub fn pixels(&self) -> &[u8] {
        &self.data.pixels
    }

    /// The class of each example.
    pub fn labels(&self) -> &[u32] {
        &self.data.labels
    }

    /// Pixels (times channels) of an image.
    pub fn pixels_per_image(&self) -> usize {
        self.data.pixels_per_image
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.data.classes
    }

    /// How pixels become numbers.
    pub fn normalization(&self) -> Normalization {
        self.data.normalization
    }

    /// The pixels and the class of an example.
    pub fn example(&self, index: usize) -> Option<(&[u8], u32)> {
        let start = index.checked_mul(self.data.pixels_per_image)?;
        let pixels = self
            .data
            .pixels
            .get(start..start.checked_add(self.data.pixels_per_image)?)?;
        Some((pixels, *self.data.labels.get(index)?))
    }
}
