//! The learning rate of each step.

use serde::{Deserialize, Serialize};

/// How the learning rate changes over a run of `total` steps, counted from 1, with a peak `rate`:
///
/// - while `step ≤ warmup`: `rate · step / warmup` (linear warm-up);
/// - then [`ScheduleKind::Constant`](crate::ScheduleKind::Constant): `rate`;
/// - or [`ScheduleKind::Cosine`](crate::ScheduleKind::Cosine): `rate · ½ · (1 + cos(π · (step − warmup) / (total + 1 − warmup)))`
///   (Loshchilov & Hutter 2017, arXiv:1608.03983, without restarts), which would be zero one step after the last.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// After the warm-up.
    pub kind: crate::ScheduleKind,
    /// The largest rate.
    pub rate: f64,
    /// Steps of linear warm-up; 0 for none.
    pub warmup: u64,
    /// Steps of the whole run.
    pub total: u64,
}

impl Schedule {
    /// The rate of a step, counted from 1. Steps beyond `total` have the last one's.
    pub fn at(&self, step: u64) -> f64 {
        let step = step.clamp(1, self.total.max(1));
        if step <= self.warmup {
            return self.rate * step as f64 / self.warmup as f64;
        }
        match self.kind {
            crate::ScheduleKind::Constant => self.rate,
            crate::ScheduleKind::Cosine => {
                let done = (step - self.warmup) as f64 / (self.total + 1 - self.warmup) as f64;
                self.rate * 0.5 * (1.0 + (std::f64::consts::PI * done).cos())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ScheduleKind::{Constant, Cosine};

    fn rates(kind: crate::ScheduleKind, warmup: u64, total: u64) -> Vec<f64> {
        let schedule = Schedule {
            kind,
            rate: 2.0,
            warmup,
            total,
        };
        (1..=total).map(|step| schedule.at(step)).collect()
    }

    fn near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (f, e) in found.iter().zip(expected) {
            assert!((f - e).abs() < 1e-12, "{found:?} {expected:?}");
        }
    }

    #[test]
    fn constant() {
        near(&rates(Constant, 0, 3), &[2.0, 2.0, 2.0]);
        near(&rates(Constant, 4, 6), &[0.5, 1.0, 1.5, 2.0, 2.0, 2.0]);
    }

    #[test]
    fn cosine() {
        // At a quarter, a half and three quarters of the way: 1 + √½, 1, 1 − √½.
        let root = std::f64::consts::FRAC_1_SQRT_2;
        near(&rates(Cosine, 0, 3), &[1.0 + root, 1.0, 1.0 - root]);
        near(
            &rates(Cosine, 2, 5),
            &[1.0, 2.0, 1.0 + root, 1.0, 1.0 - root],
        );
    }

    #[test]
    fn warm_up_alone_and_nothing() {
        near(&rates(Cosine, 2, 2), &[1.0, 2.0]);
        near(&rates(Cosine, 5, 2), &[0.4, 0.8]);
        near(&rates(Cosine, 0, 0), &[]);
    }

    #[test]
    fn never_rises_after_the_warm_up_and_never_reaches_zero() {
        let rates = rates(Cosine, 10, 1000);
        assert!(rates[9..].is_sorted_by(|a, b| a >= b));
        assert!(rates[999] > 0.0 && rates[999] < 1e-4);
    }

    #[test]
    fn beyond_the_end_is_the_last() {
        let schedule = Schedule {
            kind: Cosine,
            rate: 1.0,
            warmup: 0,
            total: 9,
        };
        assert_eq!(schedule.at(10), schedule.at(9));
        assert_eq!(schedule.at(0), schedule.at(1));
    }
}
