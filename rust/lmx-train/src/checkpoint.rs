//! Checkpoints: a safetensors file with parameters, optimizer state, and where the run stood.
//!
//! Tensors are named `param/NAME` and `optimizer_state/NAME`, as in the graph. The metadata, all text:
//!
//! | entry | value |
//! |---|---|
//! | `format`, `version` | `lmx-checkpoint`, `2` |
//! | `graph_sha256`, `net` | of the graph that was trained |
//! | `seed`, `step` | the seed, and the steps done |
//! | `epoch`, `batch` | the epochs done, and the batches done of the next one |
//! | `progress` | JSON: the running sums of that epoch, and the best test accuracy |
//! | `config` | JSON: the resolved configuration |
//! | `content_sha256` | of all of the above and the tensors |
//!
//! A file that was changed, cut or is of another graph is refused.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use lmx_graph::file::read_limited;
use lmx_graph::text::{short, shown};
use lmx_graph::{Graph, Input, Role, Sha256, sha256};
use serde::{Deserialize, Serialize};

use crate::atomic::write_atomically;
use crate::config::Config;
use crate::error::TrainError;
use crate::tensors::{HostTensor, from_safetensors, to_safetensors};

const FORMAT: &str = "lmx-checkpoint";
const VERSION: &str = "2";
const PARAM: &str = "param/";
const STATE: &str = "optimizer_state/";
const DIGEST: &str = "content_sha256";

/// Bytes that a checkpoint may have.
const LIMIT: u64 = 16 << 30;

/// Where a run stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Steps done.
    pub step: u64,
    /// Epochs done, their evaluation included.
    pub epoch: u64,
    /// Batches done of the epoch after those.
    pub batch: u64,
    /// The sum of those batches' losses.
    pub loss_sum: f64,
    /// The number of correct predictions in those batches.
    pub correct: f64,
    /// The best test accuracy so far.
    pub best_accuracy: Option<f64>,
}

/// The state of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// Of the graph.
    pub graph_sha256: Sha256,
    /// The run's settings.
    pub config: Config,
    /// Where it stands.
    pub progress: Progress,
    /// The parameters, in the graph's order.
    pub params: Vec<HostTensor>,
    /// The optimizer's state, in the order of the program's inputs.
    pub state: Vec<HostTensor>,
}

impl Checkpoint {
    /// Writes it to a file, whole or not at all.
    ///
    /// # Errors
    /// [`TrainError::Write`].
    pub fn write(&self, path: &Path) -> Result<(), TrainError> {
        let json = |value: Result<String, serde_json::Error>| {
            value.map_err(|e| TrainError::Serialize(e.into()))
        };
        let entries = [
            ("format", FORMAT.to_owned()),
            ("version", VERSION.to_owned()),
            ("graph_sha256", self.graph_sha256.to_string()),
            ("net", self.config.net.clone()),
            ("seed", self.config.seed.to_string()),
            ("step", self.progress.step.to_string()),
            ("epoch", self.progress.epoch.to_string()),
            ("batch", self.progress.batch.to_string()),
            ("progress", json(serde_json::to_string(&self.progress))?),
            ("config", json(serde_json::to_string(&self.config))?),
        ];
        let mut metadata: HashMap<_, _> = entries
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v))
            .collect();
        let tensors: Vec<_> = self.named().collect();
        let digest = digest(&metadata, tensors.iter().map(|(n, t)| (n.as_str(), *t)));
        metadata.insert(DIGEST.to_owned(), digest.to_string());
        write_atomically(path, &to_safetensors(tensors, metadata)?)
    }

    /// Checks that it stands where a run of its settings can stand on this number of training examples; `path` is for messages. What is not
    /// checked is that the numbers were reached so.
    ///
    /// # Errors
    /// [`TrainError::CheckpointEntry`].
    pub fn check_progress(&self, path: &Path, examples: u64) -> Result<(), TrainError> {
        let Progress {
            step, epoch, batch, ..
        } = self.progress;
        let check = |fits: bool, what: &str, expected: String, found: u64| {
            if fits {
                return Ok(());
            }
            Err(TrainError::CheckpointEntry {
                path: path.to_owned(),
                entry: "progress",
                expected: format!("{what} {expected}"),
                found: found.to_string(),
            })
        };
        let epochs = self.config.epochs;
        check(
            epoch <= epochs,
            "an epoch",
            format!("of at most {epochs}, the run's"),
            epoch,
        )?;
        // After the last epoch there is no other.
        let of_epoch = examples.checked_div(self.config.batch).unwrap_or(0);
        let most = if epoch < epochs { of_epoch } else { 0 };
        check(
            batch <= most,
            "a batch",
            format!("of at most {most} in epoch {}", epoch.saturating_add(1)),
            batch,
        )?;
        let expected = epoch.checked_mul(of_epoch);
        let expected = expected.and_then(|steps| steps.checked_add(batch));
        check(
            expected == Some(step),
            "a step",
            format!(
                "of {}, {epoch} epochs of {of_epoch} batches and {batch} more",
                expected.map_or("2^64 or more".to_owned(), |steps| steps.to_string())
            ),
            step,
        )
    }

    fn named(&self) -> impl Iterator<Item = (String, &HostTensor)> {
        let params = self
            .params
            .iter()
            .map(|t| (format!("{PARAM}{}", t.name), t));
        let state = self.state.iter().map(|t| (format!("{STATE}{}", t.name), t));
        params.chain(state)
    }

    /// Reads a checkpoint of a graph.
    ///
    /// # Errors
    /// Where it cannot be read, is no whole checkpoint, is one of another graph, or its tensors are not the graph's.
    pub fn read(path: &Path, graph: &Graph) -> Result<Checkpoint, TrainError> {
        let bytes = read_limited(path, LIMIT)?;
        let (tensors, metadata) = from_safetensors(path, &bytes)?;
        drop(bytes);
        let entries = Entries { path, metadata };
        entries.expect("format", FORMAT)?;
        entries.expect("version", VERSION)?;
        let graph_sha256: Sha256 = entries.parse("graph_sha256", "64 hexadecimal digits")?;
        let expected: Sha256 = entries.parse(DIGEST, "64 hexadecimal digits")?;
        let found = digest(
            &entries.metadata,
            tensors.iter().map(|t| (t.name.as_str(), t)),
        );
        if expected != found {
            return Err(TrainError::CheckpointDigest {
                path: path.to_owned(),
                expected: expected.to_string(),
                found: found.to_string(),
            });
        }
        if graph_sha256 != graph.sha256 {
            return Err(TrainError::OtherGraph {
                path: path.to_owned(),
                net: graph.name.clone(),
                expected: graph.sha256.to_string(),
                found: graph_sha256.to_string(),
                found_net: short(entries.text("net")?),
            });
        }
        let config: Config = entries.json("config")?;
        let progress = entries.json("progress")?;
        let tensors: BTreeMap<_, _> = tensors.into_iter().map(|t| (t.name.clone(), t)).collect();
        let mut pick = Picked { path, tensors };
        let inputs = graph
            .programs
            .get(config.program())
            .map(|p| p.inputs.as_slice());
        let inputs = inputs.unwrap_or_default();
        let checkpoint = Checkpoint {
            graph_sha256,
            config,
            progress,
            params: pick.take(PARAM, inputs, Role::Param)?,
            state: pick.take(STATE, inputs, Role::OptimizerState)?,
        };
        match pick.tensors.into_keys().next() {
            None => Ok(checkpoint),
            Some(name) => Err(TrainError::CheckpointTensor {
                path: path.to_owned(),
                name: short(&name),
                expected: "no such tensor in this net".to_owned(),
                found: "one".to_owned(),
            }),
        }
    }
}

/// The sha256 of metadata, without the digest itself, and tensors. Each part goes in with its length.
fn digest<'a>(
    metadata: &HashMap<String, String>,
    tensors: impl Iterator<Item = (&'a str, &'a HostTensor)>,
) -> Sha256 {
    let mut text = Vec::new();
    let mut part = |bytes: &[u8]| {
        text.extend((bytes.len() as u64).to_le_bytes());
        text.extend(bytes);
    };
    let sorted: BTreeMap<_, _> = metadata.iter().filter(|(k, _)| *k != DIGEST).collect();
    for (key, value) in sorted {
        part(key.as_bytes());
        part(value.as_bytes());
    }
    let tensors: BTreeMap<_, _> = tensors.collect();
    for (name, tensor) in tensors {
        part(name.as_bytes());
        let dims: Vec<u8> = tensor.dims.iter().flat_map(|d| d.to_le_bytes()).collect();
        part(&dims);
        // A digest of digests, so that no copy of all tensors is made.
        let data: Vec<u8> = tensor.data.iter().flat_map(|x| x.to_le_bytes()).collect();
        part(&sha256(&data).0);
    }
    sha256(&text)
}

struct Entries<'a> {
    path: &'a Path,
    metadata: HashMap<String, String>,
}

impl Entries<'_> {
    fn refused(&self, entry: &'static str, expected: impl Display, found: String) -> TrainError {
        TrainError::CheckpointEntry {
            path: self.path.to_owned(),
            entry,
            expected: expected.to_string(),
            found,
        }
    }

    fn text(&self, entry: &'static str) -> Result<&str, TrainError> {
        match self.metadata.get(entry) {
            Some(text) => Ok(text),
            None => Err(self.refused(entry, "an entry", "none".to_owned())),
        }
    }

    fn expect(&self, entry: &'static str, expected: &str) -> Result<(), TrainError> {
        match self.text(entry)? {
            text if text == expected => Ok(()),
            text => Err(self.refused(entry, format!("{expected:?}"), shown(text))),
        }
    }

    fn parse<T: FromStr>(&self, entry: &'static str, expected: &str) -> Result<T, TrainError> {
        let text = self.text(entry)?;
        text.parse()
            .map_err(|_| self.refused(entry, expected, shown(text)))
    }

    fn json<T: for<'de> Deserialize<'de>>(&self, entry: &'static str) -> Result<T, TrainError> {
        serde_json::from_str(self.text(entry)?)
            .map_err(|e| self.refused(entry, "JSON of its form", short(&e.to_string())))
    }
}

struct Picked<'a> {
    path: &'a Path,
    tensors: BTreeMap<String, HostTensor>,
}

impl Picked<'_> {
    /// The tensors of a program's inputs of a role, in their order and without the prefix.
    fn take(
        &mut self,
        prefix: &str,
        inputs: &[Input],
        role: Role,
    ) -> Result<Vec<HostTensor>, TrainError> {
        let mut taken = Vec::new();
        for input in inputs.iter().filter(|input| input.role == role) {
            let name = format!("{prefix}{}", input.name);
            // Parameters and state have no batch dimension.
            let dims = input.ty.shape.at(1).unwrap_or_default();
            let refused = |found: String| TrainError::CheckpointTensor {
                path: self.path.to_owned(),
                name: name.clone(),
                expected: format!("one of dimensions {dims:?}"),
                found,
            };
            match self.tensors.remove(&name) {
                Some(tensor) if tensor.dims == dims => taken.push(HostTensor {
                    name: input.name.clone(),
                    ..tensor
                }),
                Some(tensor) => return Err(refused(format!("{:?}", tensor.dims))),
                None => return Err(refused("none".to_owned())),
            }
        }
        Ok(taken)
    }
}
