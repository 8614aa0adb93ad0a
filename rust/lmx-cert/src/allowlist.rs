//! The allow-list: what people reviewed. Ordinary JSON, read strictly.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::path::Path;

use lmx_graph::Sha256;
use lmx_graph::file::read_limited;
use lmx_graph::text::plain;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use crate::certificate::FILE_BYTES;
use crate::error::CertError;

const FORMAT: &str = "lmx-allowlist";
const VERSION: u64 = 1;

/// Axioms that no allow-list can allow: an unfinished proof, and trust in compiled code.
pub const NEVER_ALLOWED: [&str; 4] = [
    "sorryAx",
    "Lean.ofReduceBool",
    "Lean.ofReduceNat",
    "Lean.trustCompiler",
];

/// Which theorems, axioms and toolchains are acceptable.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowList {
    #[serde(rename = "format", deserialize_with = "format")]
    _format: (),
    #[serde(rename = "version", deserialize_with = "version")]
    _version: (),
    /// Axioms that a proof may depend on.
    #[serde(deserialize_with = "axioms")]
    pub axioms: Vec<String>,
    /// Lean toolchains that may have checked it.
    pub toolchains: Vec<String>,
    /// For each net, the theorems that its certificate must carry.
    #[serde(deserialize_with = "unique_keys")]
    pub nets: BTreeMap<String, Vec<AllowedTheorem>>,
}

/// A theorem that was reviewed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowedTheorem {
    /// Its full Lean name.
    pub name: String,
    /// The hash of its statement.
    #[serde(deserialize_with = "sha256")]
    pub statement_sha256: Sha256,
}

impl AllowList {
    /// Reads an allow-list; a file over 16 MiB is refused without reading it.
    pub fn read(path: &Path) -> Result<AllowList, CertError> {
        AllowList::from_bytes(path, &AllowList::read_bytes(path)?)
    }

    /// The bytes of an allow-list, 16 MiB at most.
    pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, CertError> {
        read_limited(path, FILE_BYTES).map_err(|source| CertError::Read {
            what: "allow-list",
            source,
        })
    }

    /// Reads an allow-list from its bytes; `path` is for messages.
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<AllowList, CertError> {
        let mut json = serde_json::Deserializer::from_slice(bytes);
        let read = object(&mut json).and_then(|list| json.end().map(|()| list));
        read.map_err(|error| CertError::AllowList {
            file: path.to_owned(),
            reason: reason(&error),
        })
    }
}

/// What is wrong and where, without what a terminal would obey, and not longer than a message may be.
fn reason(error: &serde_json::Error) -> String {
    const SHOWN: usize = 200;
    let place = format!("line {} column {}", error.line(), error.column());
    let text = error.to_string();
    let text = text.strip_suffix(&format!(" at {place}")).unwrap_or(&text);
    let more = if text.chars().nth(SHOWN).is_some() {
        "…"
    } else {
        ""
    };
    let text: String = text.chars().take(SHOWN).collect();
    format!("{place}: {}{more}", plain(&text))
}

/// What an object holds. The derived reader of a structure takes an array too, whose elements have no names to review.
fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<T, D::Error> {
    struct Object<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map))
        }
    }

    d.deserialize_map(Object(PhantomData))
}

fn axioms<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<String>, D::Error> {
    let axioms = Vec::<String>::deserialize(d)?;
    match axioms.iter().find(|a| NEVER_ALLOWED.contains(&a.as_str())) {
        None => Ok(axioms),
        Some(axiom) => Err(D::Error::custom(format!(
            "axioms: expected none that nothing may allow, found {axiom:?}"
        ))),
    }
}

fn format<'de, D: Deserializer<'de>>(d: D) -> Result<(), D::Error> {
    match String::deserialize(d)? {
        found if found == FORMAT => Ok(()),
        found => Err(D::Error::custom(format!(
            "format: expected {FORMAT:?}, found {found:?}"
        ))),
    }
}

fn version<'de, D: Deserializer<'de>>(d: D) -> Result<(), D::Error> {
    match u64::deserialize(d)? {
        VERSION => Ok(()),
        found => Err(D::Error::custom(format!(
            "version: expected {VERSION}, found {found}"
        ))),
    }
}

fn sha256<'de, D: Deserializer<'de>>(d: D) -> Result<Sha256, D::Error> {
    let text = String::deserialize(d)?;
    text.parse()
        .map_err(|e| D::Error::custom(format!("statement_sha256: {e}, found {text:?}")))
}

/// A map that refuses a key given twice, where a reviewer may have seen only the first.
fn unique_keys<'de, D: Deserializer<'de>>(
    d: D,
) -> Result<BTreeMap<String, Vec<AllowedTheorem>>, D::Error> {
    struct Unique;

    #[derive(Deserialize)]
    struct Theorem(#[serde(deserialize_with = "object")] AllowedTheorem);

    impl<'de> Visitor<'de> for Unique {
        type Value = BTreeMap<String, Vec<AllowedTheorem>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of nets")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut nets = BTreeMap::new();
            while let Some((net, theorems)) = map.next_entry::<String, Vec<Theorem>>()? {
                let theorems: Vec<_> = theorems.into_iter().map(|Theorem(t)| t).collect();
                let mut names: Vec<_> = theorems.iter().map(|t| &t.name).collect();
                names.sort();
                if let Some((name, _)) =
                    names.iter().zip(names.iter().skip(1)).find(|(a, b)| a == b)
                {
                    let message = format!("nets.{net}: theorem {name:?} is listed twice");
                    return Err(A::Error::custom(message));
                }
                if nets.contains_key(&net) {
                    return Err(A::Error::custom(format!("nets: {net:?} is listed twice")));
                }
                nets.insert(net, theorems);
            }
            Ok(nets)
        }
    }

    d.deserialize_map(Unique)
}
