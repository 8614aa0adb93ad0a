//! Exact rationals: their one spelling, and their rounding to floating point.

use num_bigint::{BigInt, BigUint};
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

use crate::limits;

/// Reads `"p/q"`: lowest terms, q ≥ 1, no leading zeros, each part at most 64 digits, zero as `"0/1"`.
pub fn parse_rational(text: &str) -> Option<BigRational> {
    let (p, q) = text.split_once('/')?;
    let magnitude = p.strip_prefix('-').unwrap_or(p);
    if !is_natural(magnitude) || !is_natural(q) || p == "-0" || q == "0" {
        return None;
    }
    let p: BigInt = p.parse().ok()?;
    let q: BigInt = q.parse().ok()?;
    let reduced = BigRational::new(p.clone(), q.clone());
    (*reduced.numer() == p && *reduced.denom() == q).then_some(reduced)
}

fn is_natural(digits: &str) -> bool {
    (1..=limits::RATIONAL_DIGITS).contains(&digits.len())
        && digits.bytes().all(|c| c.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'))
}

/// The nearest binary32, ties to even; infinite beyond the range.
pub fn rational_to_f32(r: &BigRational) -> f32 {
    // The rounded value has 24 significant bits and an exponent that binary64 holds exactly: the cast is exact,
    // or overflows to the infinity that it should be.
    nearest(r, 24, -149) as f32
}

/// The nearest binary64, ties to even; infinite beyond the range.
pub fn rational_to_f64(r: &BigRational) -> f64 {
    nearest(r, 53, -1074)
}

/// `r` rounded to `precision` bits whose last is worth no less than 2^`min_exponent`.
fn nearest(r: &BigRational, precision: i64, min_exponent: i64) -> f64 {
    if r.is_zero() {
        return 0.0;
    }
    let (n, d) = (r.numer().magnitude(), r.denom().magnitude());
    let log2 = floor_log2(n, d);
    let magnitude = if log2 > 1023 {
        f64::INFINITY
    } else {
        let unit = (log2 - (precision - 1)).max(min_exponent);
        // At most 2^precision, and the product is representable, so that both steps are exact.
        let significand = divide_ties_even(n, d, unit)
            .to_f64()
            .unwrap_or(f64::INFINITY);
        significand * power_of_two(unit)
    };
    if r < &BigRational::zero() {
        -magnitude
    } else {
        magnitude
    }
}

/// ⌊log₂(n/d)⌋ of positive n, d.
fn floor_log2(n: &BigUint, d: &BigUint) -> i64 {
    let guess = n.bits() as i64 - d.bits() as i64;
    let (n, d) = scaled(n, d, guess);
    if n < d { guess - 1 } else { guess }
}

/// Numerator and denominator of n/d · 2^−exponent.
fn scaled(n: &BigUint, d: &BigUint, exponent: i64) -> (BigUint, BigUint) {
    let shift = exponent.unsigned_abs();
    if exponent < 0 {
        (n << shift, d.clone())
    } else {
        (n.clone(), d << shift)
    }
}

fn divide_ties_even(n: &BigUint, d: &BigUint, exponent: i64) -> BigUint {
    let (n, d) = scaled(n, d, exponent);
    let quotient = &n / &d;
    let twice = (n - &quotient * &d) << 1u8;
    let up = twice > d || (twice == d && quotient.bit(0));
    if up {
        quotient + BigUint::one()
    } else {
        quotient
    }
}

/// 2^e for −1074 ≤ e ≤ 1023.
fn power_of_two(e: i64) -> f64 {
    match e {
        -1022.. => f64::from_bits(((e + 1023) as u64) << 52),
        _ => f64::from_bits(1 << (e + 1074)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exact(x: f64) -> BigRational {
        BigRational::from_float(x).unwrap()
    }

    #[test]
    fn only_lowest_terms_are_read() {
        for good in ["0/1", "1/1", "-7/3", "1/100000000"] {
            let r = parse_rational(good).unwrap();
            assert_eq!(format!("{}/{}", r.numer(), r.denom()), good);
        }
        let long = "1".repeat(65);
        for bad in [
            "",
            "1",
            "/",
            "1/",
            "/1",
            "2/4",
            "0/2",
            "-0/1",
            "1/0",
            "1/-2",
            "+1/2",
            "01/2",
            "1/02",
            " 1/2",
            "1/2/3",
            "1_0/3",
            "0x1/2",
            "١/2",
            "1.0/2",
            "--1/2",
            "-/2",
            &format!("{long}/1"),
            &format!("1/{long}"),
        ] {
            assert_eq!(parse_rational(bad), None, "{bad}");
        }
        assert!(parse_rational(&format!("1/{}", "1".repeat(64))).is_some());
    }

    #[test]
    fn rounding_at_the_edges_of_f32() {
        let two = |e: i32| BigRational::from_integer(2.into()).pow(e);
        let max = exact(f64::from(f32::MAX));
        assert_eq!(rational_to_f32(&max), f32::MAX);
        // Half a unit above the largest rounds away, anything less stays.
        assert_eq!(rational_to_f32(&(&max + two(103))), f32::INFINITY);
        assert_eq!(rational_to_f32(&(&max + two(103) - two(-200))), f32::MAX);
        assert_eq!(rational_to_f32(&-(max + two(104))), f32::NEG_INFINITY);
        assert_eq!(rational_to_f32(&two(-149)), f32::from_bits(1));
        assert_eq!(rational_to_f32(&two(-150)), 0.0);
        assert_eq!(rational_to_f32(&(two(-150) + two(-300))), f32::from_bits(1));
        assert_eq!(rational_to_f32(&(two(0) + two(-24))), 1.0);
        assert_eq!(
            rational_to_f32(&(two(0) + two(-24) + two(-90))),
            1.0 + f32::EPSILON
        );
        assert_eq!(
            rational_to_f32(&(two(0) + two(-23) + two(-24))),
            1.0 + 2.0 * f32::EPSILON
        );
        assert_eq!(rational_to_f64(&two(2000)), f64::INFINITY);
        assert_eq!(rational_to_f64(&-two(-2000)), 0.0);
    }

    proptest! {
        #[test]
        fn every_float_is_its_own_rounding(bits: u64) {
            let x = f64::from_bits(bits);
            prop_assume!(x.is_finite());
            prop_assert_eq!(rational_to_f64(&exact(x)), x);
            // The hardware's conversion rounds to nearest even too.
            prop_assert_eq!(rational_to_f32(&exact(x)), x as f32);
        }

        #[test]
        fn division_rounds_like_the_hardware(p: i32, q in 1i32..) {
            let r = BigRational::new(p.into(), q.into());
            prop_assert_eq!(rational_to_f64(&r), f64::from(p) / f64::from(q));
        }

        #[test]
        fn decimals_round_like_the_standard_library(p: i64, digits in 0u32..40) {
            let r = BigRational::new(p.into(), BigInt::from(10).pow(digits));
            let text = format!("{p}e-{digits}");
            prop_assert_eq!(rational_to_f32(&r), text.parse::<f32>().unwrap());
            prop_assert_eq!(rational_to_f64(&r), text.parse::<f64>().unwrap());
        }
    }
}
