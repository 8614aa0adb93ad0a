//! Certificates, made of what Lean compiled: `docs/certificate-format.md`.

use lmx_cert::{CORRECT, kinks};
use lmx_graph::canonical::{Json, Object};
use lmx_graph::{Graph, Sha256, sha256};
use sha2::Digest;

use crate::canonical::{Canonical, Proofs, Reached, lines_sha256, text};
use crate::declaration::{Body, Declaration};
use crate::environment::{Environment, Module};
use crate::error::{ProofError, Result};
use crate::ndjson::{self, Exported};
use crate::store::{Expr, NameId};

/// The version of the certificate's form.
const VERSION: u64 = 3;

/// A net whose graph a module declares.
#[derive(Clone, Copy, Debug)]
pub struct Net<'a> {
    /// The module, such as `Lmx.Exported.MnistMlp`.
    pub module: &'a str,
    /// The bytes of the graph file that elaborating it wrote.
    pub graph: &'a [u8],
    /// The Lean files that it is made of, sorted by path, each with the sha256 of its bytes.
    pub sources: &'a [(String, Sha256)],
}

/// What goes beside the graph file.
#[derive(Clone, Debug)]
pub struct Certified {
    /// The net's name.
    pub name: String,
    /// The certificate's bytes.
    pub certificate: Vec<u8>,
    /// The term file's bytes.
    pub term: Vec<u8>,
}

/// The theorem of a module that states [`CORRECT`] of a constant, and that constant.
pub fn correct(env: &Environment, module: &str) -> Result<(NameId, NameId)> {
    let module = find_module(env, module)?;
    let stated = |name: &NameId| {
        let declaration = env.get(*name)?;
        let Body::Theorem { .. } = declaration.body else {
            return None;
        };
        let Expr::App(property, graph) = env.store.expr(declaration.ty) else {
            return None;
        };
        match (env.store.expr(property), env.store.expr(graph)) {
            (Expr::Const(property, _), Expr::Const(graph, _))
                if env.store.name_text(property) == CORRECT =>
            {
                Some((*name, graph))
            }
            _ => None,
        }
    };
    let mut found = module.names.iter().filter_map(stated);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (first, _) => Err(ProofError::Kind {
            name: env.store.name_text(module.name),
            expected: "one theorem that states Lmx.Graph.Correct of a constant",
            found: if first.is_none() { "none" } else { "several" }.to_owned(),
        }),
    }
}

fn find_module<'e>(env: &'e Environment, name: &str) -> Result<&'e Module> {
    let mut modules = env.modules().iter();
    let found = modules.find(|m| env.store.name_text(m.name) == name);
    found.ok_or_else(|| ProofError::NoDeclaration {
        name: name.to_owned(),
        by: None,
    })
}

/// The certificate of a net, and its term.
pub fn certify(
    env: &Environment,
    canonical: &mut Canonical<'_>,
    net: Net<'_>,
) -> Result<Certified> {
    let (theorem, constant) = correct(env, net.module)?;
    let module = find_module(env, net.module)?;
    let graph = Graph::from_bytes(net.graph).map_err(|source| ProofError::Kind {
        name: net.module.to_owned(),
        expected: "the graph file of a net",
        found: source.to_string(),
    })?;
    let declaration = |name| {
        env.get(name).ok_or_else(|| ProofError::NoDeclaration {
            name: env.store.name_text(name),
            by: None,
        })
    };
    let (term, _) = text(&env.store, declaration(constant)?, Proofs::Left);
    let stated = canonical.reach(theorem, Proofs::Left)?;
    let proved = canonical.reach(theorem, Proofs::Kept)?;
    let mut hash = sha2::Sha256::new();
    let exported = ndjson::export(env, &[theorem], &mut hash)?;
    let proofs_sha256 = Sha256(hash.finalize().into());
    let toolchain = format!("Lean {}, commit {}", module.lean_version, module.githash);
    let sources = net.sources.iter().map(|(path, hash)| {
        Json::object([
            ("path", path.clone().into()),
            ("sha256", hash.to_string().into()),
        ])
    });
    let mut object: Object<'_> = [
        ("axiom_closure", closure(&exported)),
        ("format", "lmx-cert".into()),
        (
            "graph",
            file_ref(&format!("{}.graph.json", graph.name), net.graph, []),
        ),
        ("kinks", Json::array(kinks(&graph))),
        ("name", graph.name.clone().into()),
        (
            "proofs",
            Json::object([
                ("bytes", exported.bytes.into()),
                ("format", ndjson::FORMAT.into()),
                ("sha256", proofs_sha256.to_string().into()),
            ]),
        ),
        ("sources", Json::Array(sources.collect())),
        (
            "term",
            file_ref(
                &format!("{}.term", graph.name),
                term.as_bytes(),
                [
                    ("constant", env.store.name_text(constant).into()),
                    ("derived", "kernel".into()),
                ],
            ),
        ),
        (
            "theorems",
            Json::Array(vec![theorem_json(
                env,
                declaration(theorem)?,
                &stated,
                proved.sha256(&env.store),
                &exported.axioms,
            )]),
        ),
        ("toolchain", toolchain.into()),
        ("version", VERSION.into()),
    ]
    .into_iter()
    .collect();
    let digest = sha256(&Json::Object(object.clone()).to_bytes());
    object.insert("digest", digest.to_string().into());
    Ok(Certified {
        certificate: Json::Object(object).to_bytes(),
        term: term.into_bytes(),
        name: graph.name,
    })
}

fn file_ref<const N: usize>(
    file: &str,
    bytes: &[u8],
    more: [(&'static str, Json<'static>); N],
) -> Json<'static> {
    let own = [
        ("file", file.to_owned().into()),
        ("sha256", sha256(bytes).to_string().into()),
    ];
    Json::object(own.into_iter().chain(more))
}

/// Whether every proof was followed to its end, or the core library that was read has declarations without a proof or value.
fn closure(exported: &Exported) -> Json<'static> {
    let sealed = &exported.sealed;
    if sealed.is_empty() {
        return Json::object([("kind", "full".into())]);
    }
    Json::object([
        ("kind", "project".into()),
        ("sealed", (sealed.len() as u64).into()),
        ("sealed_sha256", lines_sha256(sealed).to_string().into()),
    ])
}

fn theorem_json(
    env: &Environment,
    theorem: &Declaration,
    stated: &Reached,
    proof_sha256: Sha256,
    axioms: &[String],
) -> Json<'static> {
    let store = &env.store;
    let (statement_term, _) = text(store, theorem, Proofs::Left);
    Json::object([
        ("axioms", Json::array(axioms.iter().cloned())),
        ("declarations", Json::array(stated.declarations(store))),
        ("name", store.name_text(theorem.name).into()),
        ("proof_sha256", proof_sha256.to_string().into()),
        ("statement", statement(env).into()),
        ("statement_sha256", stated.sha256(store).to_string().into()),
        ("statement_term", statement_term.into()),
    ])
}

/// What the property says: the docstrings of its parts, in their order.
fn statement(env: &Environment) -> String {
    let prefix = format!("{CORRECT}.");
    let mut parts: Vec<(u32, String)> = vec![];
    for declaration in env.project() {
        let name = env.store.name_text(declaration.name);
        let field = name.strip_prefix(&prefix);
        if let (Some(field), Some(doc)) = (field, env.doc(declaration.name)) {
            let doc: Vec<&str> = doc.split_whitespace().collect();
            let range = env.range(declaration.name);
            let line = range.map_or(u32::MAX, |r| r.whole.start.line);
            parts.push((line, format!("{field}: {}", doc.join(" "))));
        }
    }
    parts.sort();
    let parts: Vec<String> = parts.into_iter().map(|(_, part)| part).collect();
    parts.join("\n")
}
