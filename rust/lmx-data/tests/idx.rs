//! The idx reader: what it takes, and the words with which it refuses.

mod common;

use std::path::Path;

use common::{gz, idx_images, idx_labels};
use lmx_data::DataError;
use lmx_data::idx::{Images, MAX_BYTES, parse_images, parse_labels};
use proptest::prelude::*;

fn images(bytes: &[u8]) -> Result<Images, DataError> {
    parse_images(bytes, Path::new("train-images"))
}

fn labels(bytes: &[u8]) -> Result<Vec<u8>, DataError> {
    parse_labels(bytes, Path::new("train-labels"), 10)
}

fn refusal<T: std::fmt::Debug>(result: Result<T, DataError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn reads_raw_and_gzipped() {
    let pixels: Vec<u8> = (0..24).collect();
    let file = idx_images([2, 3, 4], &pixels);
    let expected = Images {
        count: 2,
        rows: 3,
        columns: 4,
        pixels,
    };
    assert_eq!(images(&file).unwrap(), expected);
    assert_eq!(images(&gz(&file)).unwrap(), expected);
    assert_eq!(labels(&idx_labels(&[0, 9, 3])).unwrap(), [0, 9, 3]);
}

#[test]
fn truncated_data() {
    let file = idx_images([2, 3, 4], &[7; 24]);
    assert_eq!(
        refusal(images(&file[..30])),
        "train-images: truncated: the header asks for 40 bytes in all, found 30; the file is half-written, get the set again"
    );
    assert_eq!(
        refusal(images(&file[..9])),
        "train-images: truncated: the header asks for 16 bytes in all, found 9; the file is half-written, get the set again"
    );
    assert!(
        refusal(images(&[])).contains("truncated: the header asks for 16 bytes in all, found 0")
    );
}

#[test]
fn truncated_gzip() {
    let file = gz(&idx_images([2, 3, 4], &[7; 24]));
    let message = refusal(images(&file[..file.len() - 4]));
    assert!(
        message.starts_with("train-images: damaged gzip data: "),
        "{message}"
    );
    assert!(
        message.ends_with("delete the file and get the set again"),
        "{message}"
    );
}

#[test]
fn garbage_after_gzip() {
    let mut file = gz(&idx_labels(&[1, 2]));
    file.extend(b"junk");
    let message = refusal(labels(&file));
    assert!(
        message.starts_with("train-labels: damaged gzip data: "),
        "{message}"
    );
}

#[test]
fn wrong_magic() {
    assert_eq!(
        refusal(images(&idx_labels(&[1, 2, 3]))),
        "train-images: not an idx image file: expected magic number 0x00000803 (unsigned bytes, 3 dimensions), \
         found 0x00000801 (an idx label file); check that the file is the right one, or get the set again"
    );
    let message = refusal(labels(b"<!DOCTYPE html>"));
    assert!(
        message.contains("not an idx label file: expected magic number 0x00000801"),
        "{message}"
    );
    assert!(message.contains("found 0x3c21444f;"), "{message}");
    assert!(
        refusal(labels(&gz(&gz(&idx_labels(&[1]))))).contains("a gzip file inside a gzip file")
    );
}

#[test]
fn trailing_bytes() {
    let mut file = idx_images([2, 3, 4], &[7; 24]);
    file.push(0);
    assert_eq!(
        refusal(images(&file)),
        "train-images: trailing bytes: the header 2×3×4 makes 40 bytes, found more; \
         the file is damaged or is not idx, get the set again"
    );
    assert!(refusal(images(&gz(&file))).contains("trailing bytes"));
}

#[test]
fn label_out_of_range() {
    assert_eq!(
        refusal(labels(&idx_labels(&[0, 9, 10]))),
        "train-labels: label 10 of example 2 (counted from 0) is out of range: expected 0 to 9; \
         the file is damaged or of another set"
    );
}

#[test]
fn absurd_dimensions() {
    // The product of the first is 2^96 − …, past any 64-bit number; of the second, one row over the limit.
    for dims in [
        [u32::MAX; 3],
        [1 << 15, 1 << 15, 2],
        [0x8000_0000, 0x8000_0000, 4],
    ] {
        let [a, b, c] = dims;
        assert_eq!(
            refusal(images(&idx_images(dims, &[]))),
            format!(
                "train-images: dimensions {a}×{b}×{c} are absurd: expected at most {MAX_BYTES} bytes of data; \
                 the header is damaged, get the set again"
            )
        );
    }
    assert_eq!(
        refusal(images(&idx_images([5, 0, 5], &[]))),
        "train-images: dimensions 5×0×5 hold no data: expected each to be at least 1; get the set again"
    );
    assert!(refusal(labels(&idx_labels(&[]))).contains("dimensions 0 hold no data"));
}

#[test]
fn a_header_alone_reserves_nothing() {
    // A gigabyte is promised; what is read is what there is.
    let message = refusal(images(&idx_images([1 << 10, 1 << 10, 1 << 10], &[1, 2])));
    assert!(
        message.contains("asks for 1073741840 bytes in all, found 18"),
        "{message}"
    );
}

proptest! {
    #[test]
    fn any_bytes_parse_or_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _ = images(&bytes);
        let _ = labels(&bytes);
    }

    #[test]
    fn any_header_parses_or_is_refused(
        magic in prop_oneof![Just(0x803u32), Just(0x801), any::<u32>()],
        dims in proptest::collection::vec(prop_oneof![0u32..5, any::<u32>()], 0..4),
        data in proptest::collection::vec(any::<u8>(), 0..80),
        compress in any::<bool>(),
    ) {
        let mut bytes = magic.to_be_bytes().to_vec();
        dims.iter().for_each(|d| bytes.extend(d.to_be_bytes()));
        bytes.extend(&data);
        let bytes = if compress { gz(&bytes) } else { bytes };
        if let Ok(images) = images(&bytes) {
            prop_assert_eq!(images.pixels.len(), images.count * images.rows * images.columns);
        }
        if let Ok(labels) = labels(&bytes) {
            prop_assert!(labels.iter().all(|&l| l < 10));
        }
    }

    #[test]
    fn what_is_written_is_read(dims in [1u32..5, 1u32..5, 1u32..5], seed in any::<u64>(), compress in any::<bool>()) {
        let pixels = common::noise(dims.iter().product::<u32>() as usize, seed);
        let bytes = idx_images(dims, &pixels);
        let bytes = if compress { gz(&bytes) } else { bytes };
        let read = images(&bytes).unwrap();
        prop_assert_eq!(read.pixels, pixels);
        prop_assert_eq!([read.count, read.rows, read.columns], dims.map(|d| d as usize));
    }

    #[test]
    fn one_damaged_byte_of_gzip_is_no_panic(at in 0usize..60, xor in 1u8..) {
        let mut bytes = gz(&idx_images([2, 3, 4], &common::noise(24, 1)));
        let at = at % bytes.len();
        bytes[at] ^= xor;
        let _ = images(&bytes);
    }
}
