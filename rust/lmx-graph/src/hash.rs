//! sha256: the identity of a file.

use std::str::FromStr;

use sha2::Digest;

use crate::types::Sha256;

/// The sha256 of some bytes.
pub fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(bytes).into())
}

/// A text that is not a sha256 in the one form that the formats know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 lower-case hexadecimal digits")]
pub struct Sha256ParseError;

impl FromStr for Sha256 {
    type Err = Sha256ParseError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let (pairs, rest) = s.as_bytes().as_chunks::<2>();
        let mut out = [0u8; 32];
        if pairs.len() != out.len() || !rest.is_empty() {
            return Err(Sha256ParseError);
        }
        for (byte, [high, low]) in out.iter_mut().zip(pairs) {
            *byte = (digit(*high)? << 4) | digit(*low)?;
        }
        Ok(Sha256(out))
    }
}

fn digit(c: u8) -> Result<u8, Sha256ParseError> {
    match c {
        b'0'..=b'9' => Ok(c - b'0'),
        b'a'..=b'f' => Ok(c - b'a' + 10),
        _ => Err(Sha256ParseError),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_of_abc_is_the_standard_vector() {
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc").to_string(), text);
        assert_eq!(text.parse(), Ok(sha256(b"abc")));
    }

    #[test]
    fn other_spellings_are_refused() {
        let text = sha256(b"").to_string();
        for bad in [
            text.to_uppercase(),
            format!("{text}0"),
            text[1..].to_owned(),
            format!("{}é", &text[2..]),
            format!(" {}", &text[1..]),
            String::new(),
        ] {
            assert_eq!(bad.parse::<Sha256>(), Err(Sha256ParseError), "{bad}");
        }
    }
}
