//! Parameters at the start of a run: a function of the seed and each parameter's name, shape and rule.
//!
//! The numbers of a parameter come from ChaCha with 20 rounds, its key the sha256 of `lmx-train/init`, the seed (8 bytes,
//! little-endian) and the parameter's name. So a parameter's start depends on no other parameter, and not on their order. A uniform
//! number is the 53 high bits of a `u64`, plus a half, over 2^53: never 0 or 1. Normal numbers come in pairs from two uniform ones by Box
//! and Muller's transform. Everything is computed in f64 and rounded once.

use lmx_graph::{Init, Param, sha256};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::error::TrainError;
use crate::tensors::{HostTensor, element_count};

/// The parameters of a manifest, in its order.
///
/// # Errors
/// [`TrainError::TooLarge`] if one does not fit the address space.
pub fn parameters(manifest: &[Param], seed: u64) -> Result<Vec<HostTensor>, TrainError> {
    manifest
        .iter()
        .map(|param| parameter(param, seed))
        .collect()
}

/// One parameter.
///
/// # Errors
/// [`TrainError::TooLarge`] if it does not fit the address space.
pub fn parameter(param: &Param, seed: u64) -> Result<HostTensor, TrainError> {
    let count = element_count(&param.name, &param.shape)?;
    let mut rng = generator(seed, &param.name);
    let data = match param.init {
        Init::Zeros => vec![0.0; count],
        Init::HeNormal { fan_in } => {
            let deviation = (2.0 / fan_in as f64).sqrt();
            normal(&mut rng, count, deviation)
        }
        Init::XavierUniform { fan_in, fan_out } => {
            let limit = (6.0 / (fan_in as f64 + fan_out as f64)).sqrt();
            (0..count)
                .map(|_| ((2.0 * uniform(&mut rng) - 1.0) * limit) as f32)
                .collect()
        }
    };
    Ok(HostTensor {
        name: param.name.clone(),
        dims: param.shape.clone(),
        data,
    })
}

fn generator(seed: u64, name: &str) -> ChaCha20Rng {
    let mut text = b"lmx-train/init".to_vec();
    text.extend(seed.to_le_bytes());
    text.extend(name.as_bytes());
    ChaCha20Rng::from_seed(sha256(&text).0)
}

fn uniform(rng: &mut ChaCha20Rng) -> f64 {
    ((rng.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
}

fn normal(rng: &mut ChaCha20Rng, count: usize, deviation: f64) -> Vec<f32> {
    let mut data = Vec::with_capacity(count);
    while data.len() < count {
        let radius = deviation * (-2.0 * uniform(rng).ln()).sqrt();
        let angle = 2.0 * std::f64::consts::PI * uniform(rng);
        let pair = [radius * angle.cos(), radius * angle.sin()];
        data.extend(pair.iter().take(count - data.len()).map(|x| *x as f32));
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use lmx_graph::ParamRole;

    fn param(name: &str, shape: &[u64], init: Init) -> Param {
        Param {
            name: name.into(),
            shape: shape.into(),
            role: ParamRole::Weight,
            init,
            decay: true,
        }
    }

    fn moments(data: &[f32]) -> (f64, f64) {
        let n = data.len() as f64;
        let mean = data.iter().map(|x| f64::from(*x)).sum::<f64>() / n;
        let square = data
            .iter()
            .map(|x| (f64::from(*x) - mean).powi(2))
            .sum::<f64>()
            / n;
        (mean, square.sqrt())
    }

    #[test]
    fn he_normal_has_its_moments_and_tails() {
        let init = Init::HeNormal { fan_in: 50 };
        let data = parameter(&param("w", &[200, 501], init), 3).unwrap().data;
        let (mean, deviation) = moments(&data);
        // Standard errors: 0.2 / √100200 = 0.0006 of the mean, 0.0004 of the deviation.
        assert!(
            mean.abs() < 0.003 && (deviation - 0.2).abs() < 0.002,
            "{mean} {deviation}"
        );
        let beyond = data.iter().filter(|x| x.abs() > 0.4).count() as f64 / data.len() as f64;
        assert!((beyond - 0.0455).abs() < 0.004, "{beyond}");
    }

    #[test]
    fn xavier_uniform_has_its_limit_and_moments() {
        let init = Init::XavierUniform {
            fan_in: 10,
            fan_out: 14,
        };
        let data = parameter(&param("w", &[100_000], init), 3).unwrap().data;
        let (mean, deviation) = moments(&data);
        assert!(data.iter().all(|x| x.abs() <= 0.5));
        assert!(data.iter().any(|x| *x > 0.499) && data.iter().any(|x| *x < -0.499));
        assert!(mean.abs() < 0.004 && (deviation - 0.5 / 3f64.sqrt()).abs() < 0.003);
    }

    #[test]
    fn zeros() {
        let data = parameter(&param("b", &[7], Init::Zeros), 3).unwrap().data;
        assert_eq!(data, [0.0; 7]);
    }

    #[test]
    fn depends_on_seed_and_name_and_on_nothing_else() {
        let init = Init::HeNormal { fan_in: 4 };
        let at = |name: &str, seed| parameter(&param(name, &[3, 5], init), seed).unwrap().data;
        assert_eq!(at("a", 1), at("a", 1));
        assert_ne!(at("a", 1), at("b", 1));
        assert_ne!(at("a", 1), at("a", 2));
        let both = parameters(&[param("b", &[2], init), param("a", &[3, 5], init)], 1).unwrap();
        assert_eq!(both[1].data, at("a", 1));
    }

    #[test]
    fn the_start_is_pinned() {
        // From an independent implementation of the words above (Python, with RFC 8439's block function).
        let data = parameter(
            &param("dense1.weight", &[4], Init::HeNormal { fan_in: 2 }),
            7,
        );
        let data = data.unwrap().data;
        assert_eq!(data, PINNED);
    }

    const PINNED: [f32; 4] = [0.24852887, 1.4155747, -1.4463505, -0.38377792];

    #[test]
    fn too_large_is_an_error() {
        let error = parameter(&param("w", &[1 << 40, 1 << 40], Init::Zeros), 0).unwrap_err();
        assert!(matches!(error, TrainError::TooLarge { .. }), "{error}");
    }
}
