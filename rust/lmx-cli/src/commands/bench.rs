//! `lmx-rs bench`

use std::time::{Duration, Instant};

use lmx_train::step_times;
use serde_json::json;

use crate::args::BenchArgs;
use crate::commands::run::engine;
use crate::failure::Failure;
use crate::{net, output};

/// How often what takes milliseconds is timed.
const ROUNDS: usize = 9;

pub fn run(args: &BenchArgs) -> Result<(), Failure> {
    let (mut verification, mut emission) = (Vec::new(), Vec::new());
    let begun = Instant::now();
    let graph = net::verified(&args.cert)?.graph;
    verification.push(begun.elapsed());
    for _ in 1..ROUNDS {
        let begun = Instant::now();
        net::verified(&args.cert)?;
        verification.push(begun.elapsed());
    }
    // An empty cache, so that compilation is compilation.
    let cache = tempfile::tempdir().map_err(|error| {
        Failure::new(
            format!("cannot make a temporary folder: {error}"),
            "set TMPDIR to one that can be written",
        )
    })?;
    let engine = engine(&args.device)?.with_cache(cache.path());
    let compiled = engine.compile(&graph, &args.program, args.batch)?;
    let compilation = compiled.compilation;
    for _ in 0..ROUNDS {
        emission.push(engine.compile(&graph, &args.program, args.batch)?.emission);
    }
    let mut times = step_times(&engine, &graph, compiled, args.warmup, args.iters.max(1))?;
    times.sort();
    let at = |share: f64| {
        let place = ((times.len() - 1) as f64 * share).round() as usize;
        milliseconds(times.get(place).copied().unwrap_or_default())
    };
    let (verification, emission) = (median(verification), median(emission));
    if args.json {
        let report = json!({
            "net": graph.name,
            "graph_sha256": graph.sha256.to_string(),
            "program": args.program,
            "batch": args.batch,
            "device": args.device.device,
            "iterations": times.len(),
            "step_ms": at(0.5),
            "step_ms_min": at(0.0),
            "step_ms_p90": at(0.9),
            "images_per_s": args.batch as f64 / at(0.5) * 1e3,
            "verification_ms": verification,
            "emission_ms": emission,
            "compilation_s": compilation.as_secs_f64(),
        });
        return output::line(&report.to_string());
    }
    let rows = [
        ("verification", format!("{verification:.2} ms"), "median"),
        ("emission", format!("{emission:.2} ms"), "median"),
        (
            "compilation",
            format!("{:.2} s", compilation.as_secs_f64()),
            "not from the cache",
        ),
        ("step, median", format!("{:.3} ms", at(0.5)), ""),
        ("step, least", format!("{:.3} ms", at(0.0)), ""),
        ("step, 90 %", format!("{:.3} ms", at(0.9)), ""),
    ];
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(a, b, c)| vec![a.to_owned(), b, c.to_owned()])
        .collect();
    output::line(&format!(
        "{}: {} at batch {} on {}",
        graph.name, args.program, args.batch, args.device.device
    ))?;
    output::write(&output::table(&rows, &[2]))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    milliseconds(times.get(times.len() / 2).copied().unwrap_or_default())
}
