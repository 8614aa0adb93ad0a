//! `lmx-rs predict`

use lmx_train::{Evaluator, check_set, softmax};
use serde_json::json;

use crate::args::PredictArgs;
use crate::failure::Failure;
use crate::{net, output};

pub fn run(args: &PredictArgs) -> Result<(), Failure> {
    let trained = net::trained(&args.weights)?;
    let set = lmx_data::find(&trained.data)?;
    check_set(&trained.graph, set)?;
    let picture = lmx_data::picture::read(
        &args.image,
        &set.image_dims,
        &set.normalization,
        args.invert,
    )?;
    if picture.bright_border {
        eprintln!(
            "note: the border of {} is {}light; the images of {} have a dark ground{}",
            args.image.display(),
            if args.invert { "after --invert " } else { "" },
            set.name,
            if args.invert {
                ": try without --invert"
            } else {
                ": try --invert"
            },
        );
    }
    let engine = net::engine(&args.weights, &trained.checkpoint.config)?;
    let evaluator = Evaluator::new(&engine, &trained.graph, 1)?;
    let logits = evaluator.logits(&trained.checkpoint.params, &picture.values)?;
    let probabilities = softmax(&logits);
    let mut order: Vec<_> = probabilities.iter().copied().enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    if args.json {
        let report = json!({
            "class": order.first().map(|(class, _)| class),
            "probabilities": probabilities,
            "logits": logits,
            "net": trained.graph.name,
            "graph_sha256": trained.graph.sha256.to_string(),
            "checkpoint": trained.path.to_string_lossy(),
        });
        return output::line(&report.to_string());
    }
    let rows: Vec<_> = order
        .iter()
        .map(|(class, share)| vec![class.to_string(), output::percent(*share)])
        .collect();
    output::write(&output::table(&rows, &[]))
}
