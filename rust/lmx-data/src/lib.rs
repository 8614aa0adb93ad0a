//! Data sets for training: fetched and verified ([`get()`]), parsed ([`idx`]), loaded ([`load`]), shuffled and cut
//! into batches ([`Batches`]), prepared on a second thread ([`Prefetch`]), and single images for prediction ([`picture`]).
//!
//! Sets: `mnist`, `fashion-mnist` and `digits` (8×8, embedded in the binary, so it needs neither network nor files).
//! All are grayscale, row-major, channel last: `[height, width, 1]`.
//!
//! Pixels stay bytes in memory and become `f32` one batch at a time, by `(pixel / max − mean) / std` with the set's
//! published constants ([`Normalization`]). Everything is a function of the seed, the epoch and the bytes of the set, on every platform.
//!
//! What this crate does not do: augmentation, colour images, and sets other than these three.

pub mod batches;
pub mod catalog;
pub mod dataset;
pub mod digits;
pub mod error;
pub mod get;
pub mod idx;
pub mod picture;
pub mod prefetch;
pub mod shuffle;

pub use batches::{Batch, Batches};
pub use catalog::{Normalization, SetInfo, find, names};
pub use dataset::{Dataset, LoadOptions, Part, load, load_or_get};
pub use error::DataError;
pub use get::{Event, GetOptions, Got, get};
pub use picture::Picture;
pub use prefetch::Prefetch;
