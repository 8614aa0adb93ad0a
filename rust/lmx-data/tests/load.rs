//! Loading, batching and prefetching.

mod common;

use std::path::Path;

use common::{NAMES, four_files, gz, idx_images, idx_labels, write_all};
use lmx_data::{Batch, Batches, DataError, Dataset, LoadOptions, Prefetch, load};
use tempfile::TempDir;

fn from_dir(dir: &Path) -> Result<Dataset, DataError> {
    load(
        "mnist",
        &LoadOptions {
            home: None,
            unverified_dir: Some(dir.to_path_buf()),
        },
    )
}

fn tiny() -> Dataset {
    let dir = TempDir::new().unwrap();
    write_all(dir.path(), &four_files(28, 25, 10));
    from_dir(dir.path()).unwrap()
}

#[test]
fn a_folder_of_ones_own() {
    let dir = TempDir::new().unwrap();
    let files = four_files(28, 25, 10);
    write_all(dir.path(), &files);
    std::fs::remove_file(dir.path().join(NAMES[1])).unwrap();
    std::fs::write(dir.path().join(format!("{}.gz", NAMES[1])), gz(&files[1].1)).unwrap();
    let set = from_dir(dir.path()).unwrap();
    assert_eq!(
        (set.train().len(), set.test().len(), set.classes()),
        (25, 10, 10)
    );
    assert_eq!(set.train().pixels(), &files[0].1[16..]);
    assert_eq!(
        set.train().labels()[..12],
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    );
    assert_eq!(set.train().example(24).unwrap().1, 4);
    assert_eq!(set.train().example(25), None);
}

#[test]
fn missing_set() {
    let home = TempDir::new().unwrap();
    let options = LoadOptions {
        home: Some(home.path().to_path_buf()),
        unverified_dir: None,
    };
    let message = load("mnist", &options).unwrap_err().to_string();
    let file = home.path().join("data/mnist").join(NAMES[0]);
    let expected = format!(
        "data set `mnist` is not here: {} does not exist; run `lmx-rs data get mnist`",
        file.display()
    );
    assert_eq!(message, expected);
}

#[test]
fn a_changed_file_is_refused() {
    let home = TempDir::new().unwrap();
    write_all(&home.path().join("data/mnist"), &four_files(28, 25, 10));
    let options = LoadOptions {
        home: Some(home.path().to_path_buf()),
        unverified_dir: None,
    };
    let message = load("mnist", &options).unwrap_err().to_string();
    assert!(
        message.contains("train-images-idx3-ubyte: wrong checksum: expected sha256 ba891046"),
        "{message}"
    );
    assert!(
        message.ends_with("run `lmx-rs data get` to replace it"),
        "{message}"
    );
}

#[test]
fn counts_that_differ() {
    let dir = TempDir::new().unwrap();
    write_all(dir.path(), &four_files(28, 25, 10));
    std::fs::write(dir.path().join(NAMES[1]), idx_labels(&[1; 24])).unwrap();
    let message = from_dir(dir.path()).unwrap_err().to_string();
    assert_eq!(
        message,
        format!(
            "{}: 25 images, but {}: 24 labels: expected the same number; the two files are not of one set",
            dir.path().join(NAMES[0]).display(),
            dir.path().join(NAMES[1]).display()
        )
    );
}

#[test]
fn images_of_another_size() {
    let dir = TempDir::new().unwrap();
    write_all(dir.path(), &four_files(28, 25, 10));
    std::fs::write(
        dir.path().join(NAMES[0]),
        idx_images([25, 32, 28], &vec![0; 25 * 32 * 28]),
    )
    .unwrap();
    let message = from_dir(dir.path()).unwrap_err().to_string();
    assert!(
        message.contains("images are [32, 28, 1]: expected [28, 28, 1]"),
        "{message}"
    );
}

#[test]
fn labels_out_of_range_in_a_set() {
    let dir = TempDir::new().unwrap();
    write_all(dir.path(), &four_files(28, 25, 10));
    std::fs::write(dir.path().join(NAMES[3]), idx_labels(&[10; 10])).unwrap();
    let message = from_dir(dir.path()).unwrap_err().to_string();
    assert!(
        message.contains("t10k-labels-idx1-ubyte: label 10 of example 0"),
        "{message}"
    );
}

#[test]
fn training_batches_hold_each_example_once() {
    let set = tiny();
    let batches: Vec<Batch> = Batches::train(set.train(), 5, 3, 0).unwrap().collect();
    assert_eq!(batches.len(), 5);
    let table = set.normalization().table();
    let mut seen = Vec::new();
    for (k, batch) in batches.iter().enumerate() {
        assert_eq!((batch.count, batch.index), (5, k));
        assert_eq!((batch.images.len(), batch.labels.len()), (5 * 784, 50));
        for (image, label) in batch.images.chunks(784).zip(batch.labels.chunks(10)) {
            let found = (0..25).find(|&i| {
                let (pixels, _) = set.train().example(i).unwrap();
                pixels
                    .iter()
                    .zip(image)
                    .all(|(&p, v)| table[usize::from(p)] == *v)
            });
            let i = found.unwrap();
            let hot: Vec<_> = (0..10)
                .map(|c| if c == i % 10 { 1.0 } else { 0.0 })
                .collect();
            assert_eq!(label, hot);
            seen.push(i);
        }
    }
    assert_ne!(seen, (0..25).collect::<Vec<_>>());
    seen.sort_unstable();
    assert_eq!(seen, (0..25).collect::<Vec<_>>());
}

#[test]
fn the_last_partial_training_batch_is_dropped() {
    let set = tiny();
    let batches = Batches::train(set.train(), 8, 3, 0).unwrap();
    assert_eq!(
        (batches.per_epoch(), batches.len(), batches.count()),
        (3, 3, 3)
    );
}

#[test]
fn the_last_evaluation_batch_is_padded() {
    let set = tiny();
    let batches: Vec<Batch> = Batches::eval(set.train(), 10).unwrap().collect();
    assert_eq!(
        batches.iter().map(|b| b.count).collect::<Vec<_>>(),
        [10, 10, 5]
    );
    let last = &batches[2];
    assert_eq!((last.images.len(), last.labels.len()), (7840, 100));
    assert!(last.images[5 * 784..].iter().all(|&v| v == 0.0));
    assert!(last.labels[50..].iter().all(|&v| v == 0.0));
    assert_eq!(last.labels.iter().sum::<f32>(), 5.0);
    // File order.
    let table = set.normalization().table();
    let (pixels, _) = set.train().example(20).unwrap();
    assert!(
        pixels
            .iter()
            .zip(&last.images)
            .all(|(&p, v)| table[usize::from(p)] == *v)
    );
    // One batch larger than the part.
    assert_eq!(
        Batches::eval(set.test(), 64)
            .unwrap()
            .map(|b| b.count)
            .collect::<Vec<_>>(),
        [10]
    );
}

#[test]
fn the_order_is_a_function_of_seed_and_epoch() {
    let set = tiny();
    let batches = |seed, epoch| {
        Batches::train(set.train(), 5, seed, epoch)
            .unwrap()
            .collect::<Vec<_>>()
    };
    assert_eq!(batches(1, 2), batches(1, 2));
    assert_ne!(batches(1, 2), batches(1, 3));
    assert_ne!(batches(1, 2), batches(2, 2));
    assert_ne!(batches(1, 2), batches(2, 1));
}

#[test]
fn starting_at_k_is_skipping_k() {
    let set = tiny();
    let whole: Vec<_> = Batches::train(set.train(), 4, 1, 2).unwrap().collect();
    for k in 0..=6 {
        let resumed = Batches::train(set.train(), 4, 1, 2)
            .unwrap()
            .starting_at(k)
            .unwrap();
        assert_eq!((resumed.len(), resumed.per_epoch()), (6 - k, 6));
        assert!(resumed.eq(whole.iter().skip(k).cloned()));
        assert!(
            Batches::train(set.train(), 4, 1, 2)
                .unwrap()
                .skip(k)
                .eq(whole.iter().skip(k).cloned())
        );
    }
    let message = Batches::train(set.train(), 4, 1, 2)
        .unwrap()
        .starting_at(7)
        .unwrap_err()
        .to_string();
    assert_eq!(
        message,
        "batch 7 of an epoch: expected 0 to 6; the run was saved with another batch size or another data set"
    );
}

#[test]
fn prefetched_batches_are_the_same() {
    let set = tiny();
    let plain = || Batches::train(set.train(), 3, 9, 9).unwrap();
    let fetched = Prefetch::new(plain()).unwrap();
    assert_eq!(fetched.size_hint(), (8, Some(8)));
    assert!(fetched.eq(plain()));
}

#[test]
fn batch_sizes_that_cannot_be() {
    let set = tiny();
    for batch in [0, 26] {
        let message = Batches::train(set.train(), batch, 0, 0)
            .unwrap_err()
            .to_string();
        let expected = format!(
            "batch size {batch}: expected 1 to 25 (the number of training examples); choose a smaller batch"
        );
        assert_eq!(
            message,
            expected.replace("choose a smaller batch", "choose one in this range")
        );
    }
    let message = Batches::eval(set.test(), usize::MAX)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("expected 1 to 2739137 (2^31 numbers a batch)"),
        "{message}"
    );
    assert!(Batches::eval(set.test(), 0).is_err());
}

/// The constants in the catalog are those of the data. (Those of MNIST are checked by `examples/get.rs`, which prints them.)
#[test]
fn digits_are_standardised() {
    let set = load("digits", &LoadOptions::default()).unwrap();
    let batch = Batches::eval(set.train(), set.train().len())
        .unwrap()
        .next()
        .unwrap();
    let n = batch.images.len() as f64;
    let mean = batch.images.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let variance = batch
        .images
        .iter()
        .map(|&v| (f64::from(v) - mean).powi(2))
        .sum::<f64>()
        / n;
    assert!(
        mean.abs() < 2e-4 && (variance.sqrt() - 1.0).abs() < 2e-4,
        "{mean} {variance}"
    );
}
