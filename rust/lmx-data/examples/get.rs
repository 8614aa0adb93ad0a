//! `cargo run -p lmx-data --example get -- SET [DIR]`: fetches a set (from DIR, if given), loads it, and prints what it is.

use std::time::Instant;

use lmx_data::{DataError, Event, GetOptions, LoadOptions, get, load};

fn main() -> std::process::ExitCode {
    match run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("error: {e}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), DataError> {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_else(|| "digits".to_owned());
    let options = GetOptions {
        from: args.next().map(Into::into),
        ..GetOptions::default()
    };
    let start = Instant::now();
    get(&name, &options, &mut |event| match event {
        Event::Line(line) => eprintln!("{line}"),
        Event::Progress { file, done, total } => eprintln!("  {file}: {done} of {total:?} bytes"),
    })?;
    eprintln!("got in {:.2?}", start.elapsed());

    let start = Instant::now();
    let set = load(&name, &LoadOptions::default())?;
    eprintln!("loaded in {:.2?}", start.elapsed());
    let max = f64::from(set.normalization().max);
    let unit = |p: u8| f64::from(p) / max;
    let pixels = set.train().pixels();
    let mean = pixels.iter().map(|&p| unit(p)).sum::<f64>() / pixels.len() as f64;
    let variance = pixels
        .iter()
        .map(|&p| (unit(p) - mean).powi(2))
        .sum::<f64>()
        / pixels.len() as f64;
    println!(
        "{}: {} training and {} test images of {:?}, {} classes; mean {mean:.4} and deviation {:.4} over the training part",
        set.name(),
        set.train().len(),
        set.test().len(),
        set.image_dims(),
        set.classes(),
        variance.sqrt(),
    );
    Ok(())
}
