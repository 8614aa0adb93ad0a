//! Batches of a part of a set: in a seeded order for training, in file order for evaluation.

use crate::dataset::Part;
use crate::error::DataError;
use crate::shuffle;

/// The examples of one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Normalised pixels, `[batch, height, width, channels]`, row-major. Padding images are all zero.
    pub images: Vec<f32>,
    /// One-hot labels, `[batch, classes]`, row-major. Padding rows are all zero.
    pub labels: Vec<f32>,
    /// Examples that are not padding; they come first.
    pub count: usize,
    /// The batch's number in the epoch, from 0.
    pub index: usize,
}

/// An iterator over the batches of one epoch, all of the same size.
///
/// The order is a function of seed, epoch and number of examples ([`crate::shuffle`]), so an epoch that is resumed at batch
/// `k` goes on as if it had never stopped.
#[derive(Clone, Debug)]
pub struct Batches {
    part: Part,
    /// Example numbers; `None` for file order.
    order: Option<Vec<u32>>,
    table: [f32; 256],
    batch: usize,
    next: usize,
    len: usize,
}

impl Batches {
    /// The shuffled batches of a training epoch. A last batch that would not be full is dropped; the examples in it differ from epoch to epoch.
    ///
    /// # Errors
    /// [`DataError::BatchSize`] if `batch` is zero or larger than the part.
    pub fn train(part: &Part, batch: usize, seed: u64, epoch: u64) -> Result<Batches, DataError> {
        if batch == 0 || batch > part.len() {
            let what = "the number of training examples";
            return Err(DataError::BatchSize {
                batch,
                limit: part.len(),
                what,
            });
        }
        let n = u32::try_from(part.len()).map_err(|_| DataError::BatchSize {
            batch,
            limit: u32::MAX as usize,
            what: "the number of examples",
        })?;
        let order = shuffle::permutation(n, seed, epoch, shuffle::TRAIN);
        Ok(Batches::new(part, Some(order), batch, part.len() / batch))
    }

    /// All examples in file order, the last batch padded with zero images and all-zero label rows.
    ///
    /// # Errors
    /// [`DataError::BatchSize`] if `batch` is zero or its pixels would pass 2^31.
    pub fn eval(part: &Part, batch: usize) -> Result<Batches, DataError> {
        let limit = (1 << 31) / part.pixels_per_image().max(part.classes()).max(1);
        if batch == 0 || batch > limit {
            return Err(DataError::BatchSize {
                batch,
                limit,
                what: "2^31 numbers a batch",
            });
        }
        Ok(Batches::new(part, None, batch, part.len().div_ceil(batch)))
    }

    fn new(part: &Part, order: Option<Vec<u32>>, batch: usize, len: usize) -> Batches {
        Batches {
            part: part.clone(),
            order,
            table: part.normalization().table(),
            batch,
            next: 0,
            len,
        }
    }

    /// The same epoch from batch `index` on; at the number of batches, nothing is left.
    ///
    /// # Errors
    /// [`DataError::BatchIndex`] if the epoch is shorter.
    pub fn starting_at(mut self, index: usize) -> Result<Batches, DataError> {
        if index > self.len {
            return Err(DataError::BatchIndex {
                index,
                len: self.len,
            });
        }
        self.next = index;
        Ok(self)
    }

    /// Batches in the whole epoch, wherever it was started.
    pub fn per_epoch(&self) -> usize {
        self.len
    }

    /// The batch size.
    pub fn batch_size(&self) -> usize {
        self.batch
    }

    fn make(&self, index: usize) -> Batch {
        let (pixels, classes) = (self.part.pixels_per_image(), self.part.classes());
        let mut images = Vec::with_capacity(self.batch * pixels);
        let mut labels = vec![0.0; self.batch * classes];
        let mut count = 0;
        let first = index * self.batch;
        let last = self.part.len().min(first + self.batch);
        for (place, row) in (first..last).zip(labels.chunks_exact_mut(classes.max(1))) {
            let example = match &self.order {
                Some(order) => order.get(place).map(|&i| i as usize),
                None => Some(place),
            };
            let Some((image, label)) = example.and_then(|i| self.part.example(i)) else {
                break;
            };
            images.extend(image.iter().map(|&p| self.table[usize::from(p)]));
            if let Some(hot) = row.get_mut(label as usize) {
                *hot = 1.0;
            }
            count += 1;
        }
        images.resize(self.batch * pixels, 0.0);
        Batch {
            images,
            labels,
            count,
            index,
        }
    }
}

impl Iterator for Batches {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let index = self.next;
        if index >= self.len {
            return None;
        }
        self.next += 1;
        Some(self.make(index))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.len - self.next;
        (left, Some(left))
    }

    fn nth(&mut self, n: usize) -> Option<Batch> {
        self.next = self.next.saturating_add(n).min(self.len);
        self.next()
    }
}

impl ExactSizeIterator for Batches {}
impl std::iter::FusedIterator for Batches {}
