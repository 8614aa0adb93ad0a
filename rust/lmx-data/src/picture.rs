//! A single image file as a network's input, for prediction.
//!
//! Polarity matters: MNIST, Fashion-MNIST and the 8×8 digits are *light strokes on a dark ground* (0 is background). A photograph or drawing of dark ink on
//! white paper needs `invert`; [`Picture::bright_border`] tells when that was probably forgotten.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use image::imageops::{FilterType, resize};
use image::{DynamicImage, GrayImage, ImageReader, Limits};

use crate::catalog::Normalization;
use crate::error::DataError;

/// The largest width and height of a file.
pub const MAX_SIDE: u32 = 16_384;

/// A decoded, resized and normalised image.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Normalised pixels, `[height, width, 1]`, row-major: one image of a [`crate::Batch`].
    pub values: Vec<f32>,
    /// The pixels before normalisation, 0 to 255, after inversion if that was asked for.
    pub gray: Vec<u8>,
    /// Whether the border is lighter than the middle grey: the sets here have a dark one, so the image probably wants `invert` the other way.
    pub bright_border: bool,
}

/// Reads a PNG, JPEG or BMP file (told apart by content), as grayscale, resized to `[height, width, 1]` without keeping the aspect ratio.
///
/// Transparent pixels are seen on white. Colours become luma (Rec. 709). Resizing is a triangle filter, which averages when it shrinks; an image
/// of the right size is not touched, so a set's own image saved as PNG gives the set's own bits.
///
/// # Errors
/// [`DataError::Io`], [`DataError::Picture`], [`DataError::PictureDims`].
pub fn read(
    path: &Path,
    dims: &[u64],
    normalization: &Normalization,
    invert: bool,
) -> Result<Picture, DataError> {
    let (width, height) = size(dims)?;
    let file = File::open(path).map_err(DataError::io("open", path))?;
    let refused = |reason: String| DataError::Picture {
        file: path.to_path_buf(),
        reason,
        limit: MAX_SIDE,
    };
    let mut reader = ImageReader::new(BufReader::new(file))
        .with_guessed_format()
        .map_err(DataError::io("read", path))?;
    if reader.format().is_none() {
        return Err(refused("its content is of no known format".to_owned()));
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    reader.limits(limits);
    let image = reader.decode().map_err(|e| refused(e.to_string()))?;
    Ok(picture(&image, width, height, normalization, invert))
}

fn size(dims: &[u64]) -> Result<(u32, u32), DataError> {
    let side = |d: u64| u32::try_from(d).ok().filter(|d| (1..=MAX_SIDE).contains(d));
    match dims {
        &[height, width, 1] => side(width).zip(side(height)),
        _ => None,
    }
    .ok_or_else(|| DataError::PictureDims {
        found: dims.to_vec(),
        limit: MAX_SIDE,
    })
}

fn picture(
    image: &DynamicImage,
    width: u32,
    height: u32,
    normalization: &Normalization,
    invert: bool,
) -> Picture {
    let mut gray = on_white(image);
    if gray.dimensions() != (width, height) {
        gray = resize(&gray, width, height, FilterType::Triangle);
    }
    if invert {
        image::imageops::invert(&mut gray);
    }
    let border = gray
        .enumerate_pixels()
        .filter(|(x, y, _)| *x == 0 || *y == 0 || x + 1 == width || y + 1 == height)
        .map(|(_, _, p)| f64::from(p.0[0]));
    let (sum, n) = border.fold((0.0, 0.0), |(sum, n), p| (sum + p, n + 1.0));
    let gray = gray.into_raw();
    // The file's scale is 0 to 255 whatever the set's own is.
    let table = Normalization {
        max: 255.0,
        ..*normalization
    }
    .table();
    let values = gray.iter().map(|&p| table[usize::from(p)]).collect();
    Picture {
        values,
        gray,
        bright_border: sum > 127.5 * n,
    }
}

/// Luma, over a white ground where the image is transparent.
fn on_white(image: &DynamicImage) -> GrayImage {
    if !image.color().has_alpha() {
        return image.to_luma8();
    }
    let pixels = image.to_luma_alpha8();
    GrayImage::from_fn(pixels.width(), pixels.height(), |x, y| {
        let [luma, alpha] = pixels.get_pixel(x, y).0.map(u32::from);
        let mixed = (luma * alpha + 255 * (255 - alpha) + 127) / 255;
        image::Luma([u8::try_from(mixed).unwrap_or(u8::MAX)])
    })
}
