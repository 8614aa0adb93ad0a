//! The 8×8 digits, embedded. `data/digits/README.md` says where they come from and how they are split.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};

use crate::catalog::SetInfo;
use crate::dataset::{Dataset, Part};
use crate::error::DataError;
use crate::shuffle;

const FILE: &str = "data/digits/digits.csv.gz (embedded)";
const SHA256: &str = "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22";
static BYTES: &[u8] = include_bytes!("../../../data/digits/digits.csv.gz");

/// Training images; the other 360 are for testing.
pub const TRAIN: usize = 1437;

/// Loads the set.
pub(crate) fn load(info: &SetInfo) -> Result<Dataset, DataError> {
    let found = hex(&Sha256::digest(BYTES));
    if found != SHA256 {
        let next = "rebuild from a clean checkout";
        return Err(DataError::Checksum {
            file: FILE.into(),
            expected: SHA256.into(),
            found,
            next,
        });
    }
    let mut text = String::new();
    let gzip = |source| DataError::Gzip {
        file: FILE.into(),
        source,
    };
    GzDecoder::new(BYTES)
        .read_to_string(&mut text)
        .map_err(gzip)?;
    let rows = parse(&text, Path::new(FILE), info)?;

    let n = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let order = shuffle::permutation(n, 0, 0, shuffle::DIGITS);
    let (train, test) = order.split_at(TRAIN.min(order.len()));
    let part = |order: &[u32]| {
        let rows: Vec<&Row> = order.iter().filter_map(|&i| rows.get(i as usize)).collect();
        let images = rows.iter().flat_map(|r| r.pixels.iter().copied()).collect();
        let labels = rows.iter().map(|r| r.label).collect();
        Part::new(
            info,
            images,
            labels,
            (PathBuf::from(FILE), PathBuf::from(FILE)),
        )
    };
    Ok(Dataset::new(info, part(train)?, part(test)?))
}

struct Row {
    pixels: Vec<u8>,
    label: u32,
}

fn parse(text: &str, file: &Path, info: &SetInfo) -> Result<Vec<Row>, DataError> {
    let pixels: u64 = info.image_dims.iter().product();
    let wrong = |line: usize, expected, found: &str| DataError::Csv {
        file: file.to_path_buf(),
        line: line + 1,
        expected,
        found: found.chars().take(40).collect(),
    };
    let row = |(line, text): (usize, &str)| {
        let (pixel_text, label) = text
            .rsplit_once(',')
            .ok_or_else(|| wrong(line, "65 numbers with commas between", text))?;
        let label = label
            .parse()
            .ok()
            .filter(|&l| u64::from(l) < info.classes)
            .ok_or_else(|| wrong(line, "a digit from 0 to 9", label))?;
        let pixel = |p: &str| {
            p.parse()
                .ok()
                .filter(|&v| v <= 16u8)
                .ok_or_else(|| wrong(line, "a pixel from 0 to 16", p))
        };
        let values = pixel_text
            .split(',')
            .map(pixel)
            .collect::<Result<Vec<u8>, _>>()?;
        if values.len() as u64 != pixels {
            return Err(wrong(line, "64 pixels", &values.len().to_string()));
        }
        Ok(Row {
            pixels: values,
            label,
        })
    };
    text.lines().enumerate().map(row).collect()
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut s, b| {
        // Writing to a string cannot fail.
        let _ = write!(s, "{b:02x}");
        s
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::find;

    #[test]
    fn the_embedded_set() {
        let info = find("digits").unwrap();
        let set = load(info).unwrap();
        assert_eq!((set.train().len(), set.test().len()), (1437, 360));
        assert_eq!(set.image_dims(), [8, 8, 1]);
        assert_eq!(set.train().pixels().iter().max(), Some(&16));

        // From the Python implementation behind `shuffle::tests`: the first two training rows are rows 776 and 1121 of the file.
        let mut text = String::new();
        GzDecoder::new(BYTES).read_to_string(&mut text).unwrap();
        let rows = parse(&text, Path::new(FILE), info).unwrap();
        assert_eq!(rows.len(), 1797);
        for (k, i) in [776, 1121, 1563, 346].into_iter().enumerate() {
            assert_eq!(set.train().labels()[k], rows[i].label);
            assert_eq!(set.train().pixels()[64 * k..64 * (k + 1)], rows[i].pixels);
        }
        let per_class = set.test().labels().iter().fold([0; 10], |mut n, &l| {
            n[l as usize] += 1;
            n
        });
        assert_eq!(per_class, [29, 44, 33, 37, 35, 33, 36, 32, 35, 46]);
    }

    #[test]
    fn bad_rows_are_refused_by_line() {
        let info = find("digits").unwrap();
        let zeros = vec!["0"; 64].join(",");
        let refused = |text: &str| {
            parse(text, Path::new("d.csv"), info)
                .err()
                .unwrap()
                .to_string()
        };
        assert_eq!(
            refused(&format!("{zeros},3\n{zeros},10")),
            "d.csv: line 2: expected a digit from 0 to 9, found `10`"
        );
        assert_eq!(
            refused(&format!("17{},3", &zeros[1..])),
            "d.csv: line 1: expected a pixel from 0 to 16, found `17`"
        );
        assert_eq!(
            refused("0,0,1"),
            "d.csv: line 1: expected 64 pixels, found `2`"
        );
        assert_eq!(
            refused("x"),
            "d.csv: line 1: expected 65 numbers with commas between, found `x`"
        );
    }
}
