//! Image files as inputs.

mod common;

use std::path::{Path, PathBuf};

use image::{DynamicImage, GrayImage, ImageFormat, Luma, LumaA, Rgb, RgbImage};
use lmx_data::{Batches, LoadOptions, find, load, picture};
use tempfile::TempDir;

const DIMS: [u64; 3] = [28, 28, 1];

fn saved(dir: &Path, name: &str, image: &DynamicImage) -> PathBuf {
    let path = dir.join(name);
    image.save(&path).unwrap();
    path
}

#[test]
fn an_image_of_the_set_gives_the_bits_of_the_set() {
    let dir = TempDir::new().unwrap();
    common::write_all(dir.path(), &common::four_files(28, 3, 3));
    let options = LoadOptions {
        home: None,
        unverified_dir: Some(dir.path().to_path_buf()),
    };
    let set = load("mnist", &options).unwrap();
    let (pixels, _) = set.test().example(1).unwrap();
    let image: DynamicImage = GrayImage::from_raw(28, 28, pixels.to_vec()).unwrap().into();
    let batch = Batches::eval(set.test(), 3).unwrap().next().unwrap();
    for name in ["one.png", "one.bmp"] {
        let path = saved(dir.path(), name, &image);
        let picture = picture::read(&path, set.image_dims(), &set.normalization(), false).unwrap();
        assert_eq!(picture.values, batch.images[784..1568]);
    }
}

#[test]
fn resized_inverted_and_its_polarity_guessed() {
    let dir = TempDir::new().unwrap();
    let norm = find("mnist").unwrap().normalization;
    // Dark ink on paper, the left half inked but for the border.
    let paper = GrayImage::from_fn(112, 112, |x, y| {
        Luma([if (8..56).contains(&x) && (8..104).contains(&y) {
            0
        } else {
            255
        }])
    });
    let path = saved(dir.path(), "paper.png", &paper.into());
    let plain = picture::read(&path, &DIMS, &norm, false).unwrap();
    let inverted = picture::read(&path, &DIMS, &norm, true).unwrap();
    assert!(plain.bright_border && !inverted.bright_border);
    assert_eq!(plain.values.len(), 784);
    assert_eq!(
        (plain.gray[14 * 28 + 7], plain.gray[14 * 28 + 21]),
        (0, 255)
    );
    assert!(
        plain
            .gray
            .iter()
            .zip(&inverted.gray)
            .all(|(a, b)| a + b == 255)
    );
    assert_eq!(inverted.values[14 * 28 + 7], norm.apply(255));
}

#[test]
fn colour_transparency_and_jpeg() {
    let dir = TempDir::new().unwrap();
    let norm = find("mnist").unwrap().normalization;
    let gray = |path: &Path| picture::read(path, &[4, 4, 1], &norm, false).unwrap().gray;

    let red = RgbImage::from_pixel(4, 4, Rgb([255, 0, 0]));
    // Rec. 709: 0.2126 of 255.
    assert_eq!(gray(&saved(dir.path(), "red.png", &red.into())), [54; 16]);
    let clear = image::GrayAlphaImage::from_pixel(4, 4, LumaA([0, 0]));
    assert_eq!(
        gray(&saved(dir.path(), "clear.png", &clear.into())),
        [255; 16]
    );
    let half = image::GrayAlphaImage::from_pixel(4, 4, LumaA([0, 51]));
    assert_eq!(
        gray(&saved(dir.path(), "half.png", &half.into())),
        [204; 16]
    );
    let flat = GrayImage::from_pixel(4, 4, Luma([128]));
    assert_eq!(
        gray(&saved(dir.path(), "flat.jpg", &flat.into())),
        [128; 16]
    );
}

#[test]
fn digits_are_on_the_scale_of_their_set() {
    let dir = TempDir::new().unwrap();
    let info = find("digits").unwrap();
    let white = GrayImage::from_pixel(8, 8, Luma([255]));
    let path = saved(dir.path(), "white.png", &white.into());
    let picture = picture::read(&path, &info.image_dims, &info.normalization, false).unwrap();
    assert_eq!(picture.values[0], info.normalization.apply(16));
}

#[test]
fn files_that_are_no_images() {
    let dir = TempDir::new().unwrap();
    let norm = find("mnist").unwrap().normalization;
    let refused = |path: &Path| {
        picture::read(path, &DIMS, &norm, false)
            .unwrap_err()
            .to_string()
    };

    let text = dir.path().join("text.png");
    std::fs::write(&text, "not an image").unwrap();
    assert_eq!(
        refused(&text),
        format!(
            "{}: cannot decode the image: its content is of no known format; \
             expected a PNG, JPEG or BMP file of at most 16384×16384 pixels",
            text.display()
        )
    );
    let whole = saved(
        dir.path(),
        "whole.png",
        &GrayImage::from_raw(28, 28, common::noise(784, 1))
            .unwrap()
            .into(),
    );
    let cut = dir.path().join("cut.png");
    let bytes = std::fs::read(whole).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    assert!(refused(&cut).contains("cut.png: cannot decode the image: "));
    assert!(refused(&dir.path().join("none.png")).starts_with("cannot open "));

    // A header that promises an image larger than any memory.
    let wide = dir.path().join("wide.png");
    let mut bytes = Vec::new();
    GrayImage::new(16_385, 1)
        .write_to(&mut std::io::Cursor::new(&mut bytes), ImageFormat::Png)
        .unwrap();
    std::fs::write(&wide, bytes).unwrap();
    assert!(refused(&wide).contains("wide.png: cannot decode the image: "));
}

#[test]
fn inputs_that_are_no_grayscale_images() {
    let norm = find("mnist").unwrap().normalization;
    for dims in [
        &[28, 28, 3][..],
        &[784],
        &[],
        &[0, 28, 1],
        &[u64::MAX, 28, 1],
    ] {
        let message = picture::read(Path::new("x.png"), dims, &norm, false)
            .unwrap_err()
            .to_string();
        assert_eq!(
            message,
            format!(
                "a network input of shape {dims:?} is no image that files can be decoded to: \
                 expected [height, width, 1], each 1 to 16384"
            )
        );
    }
}
