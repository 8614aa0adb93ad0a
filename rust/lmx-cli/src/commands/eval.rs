//! `lmx-rs eval`

use std::time::Instant;

use lmx_train::Evaluator;
use serde_json::json;

use crate::args::EvalArgs;
use crate::failure::{Failure, STOPPED};
use crate::{net, output, stop};

pub fn run(args: &EvalArgs) -> Result<(), Failure> {
    let trained = net::trained(&args.weights)?;
    let data = net::load(&trained.graph, &trained.data)?;
    let config = &trained.checkpoint.config;
    let engine = net::engine(&args.weights, config)?;
    let stop = stop::on_ctrl_c()?;
    let evaluator = Evaluator::new(&engine, &trained.graph, args.batch)?;
    let begun = Instant::now();
    let found = evaluator.evaluate_host(&trained.checkpoint.params, data.test(), &stop)?;
    let Some(found) = found else {
        return Err(Failure::Silent { code: STOPPED });
    };
    let images_per_s = found.examples as f64 / begun.elapsed().as_secs_f64();
    if args.json {
        let report = json!({
            "test_accuracy": found.accuracy,
            "test_loss": found.loss,
            "images_per_s": images_per_s,
            "seed": config.seed,
            "graph_sha256": trained.graph.sha256.to_string(),
            "net": trained.graph.name,
            "data": data.name(),
            "images": found.examples,
            "checkpoint": trained.path.to_string_lossy(),
            "step": trained.checkpoint.progress.step,
        });
        return output::line(&report.to_string());
    }
    output::line(&format!(
        "{} at step {} on the {} test images of {}: accuracy {}, loss {:.4}; {} images/s",
        trained.graph.name,
        trained.checkpoint.progress.step,
        output::thousands(found.examples),
        data.name(),
        output::percent(found.accuracy),
        found.loss,
        output::thousands(images_per_s as u64),
    ))
}
