//! A C++ compiler and CMake.

use std::env;
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::place::Place;
use crate::setup::{Found, apt, install, python, version};
use crate::shell::{all_on_path, ask, is_program, which};

/// The CMake that is installed where none is new enough.
const CMAKE: &str = "4.4.4";

/// IREE's runtime needs this much.
const CMAKE_LEAST: [u32; 2] = [3, 26];

/// The C++ compiler: `CXX`, `c++`, `g++`, `clang++`.
pub fn find_compiler() -> Option<Found> {
    let named = env::var("CXX").ok().filter(|c| !c.is_empty());
    let path = named
        .map(PathBuf::from)
        .map(|c| which(&c.to_string_lossy()).unwrap_or(c));
    let path = path
        .filter(|p| is_program(p))
        .or_else(|| ["c++", "g++", "clang++"].into_iter().find_map(which))?;
    let version = ask(&path, &["--version"])?
        .lines()
        .next()
        .unwrap_or_default()
        .to_string();
    Some(Found { path, version })
}

/// Installs g++ if there is no compiler.
pub fn ensure_compiler() -> Result<Found> {
    if let Some(found) = find_compiler() {
        return Ok(found);
    }
    apt::install(
        "a C++ compiler",
        &["g++"],
        "install a C++ compiler (macOS: xcode-select --install)",
    )?;
    find_compiler().ok_or_else(|| Error::Check("g++ was installed, but is not on PATH".into()))
}

/// `make` or `ninja`, which CMake drives.
pub fn find_make() -> Option<Found> {
    let path = ["ninja", "make", "gmake"].into_iter().find_map(which)?;
    let version = ask(&path, &["--version"])?
        .lines()
        .next()
        .unwrap_or_default()
        .to_string();
    Some(Found { path, version })
}

/// Installs make if there is neither.
pub fn ensure_make() -> Result<Found> {
    if let Some(found) = find_make() {
        return Ok(found);
    }
    apt::install(
        "make",
        &["make"],
        "install make (macOS: xcode-select --install)",
    )?;
    find_make().ok_or_else(|| Error::Check("make was installed, but is not on PATH".into()))
}

/// A CMake that is new enough: on `PATH`, else the installed one.
pub fn find_cmake(place: &Place) -> Option<Found> {
    let own = place
        .tools()
        .join("cmake")
        .join(CMAKE)
        .join("site/cmake/data/bin/cmake");
    all_on_path("cmake")
        .into_iter()
        .chain([own])
        .find_map(|path| {
            let text = ask(&path, &["--version"]).filter(|v| version::at_least(v, &CMAKE_LEAST))?;
            let number = version::first(&text)?
                .iter()
                .map(u32::to_string)
                .collect::<Vec<_>>()
                .join(".");
            Some(Found {
                path,
                version: number,
            })
        })
}

/// Installs PyPI's if there is none.
pub fn ensure_cmake(place: &Place) -> Result<Found> {
    if let Some(found) = find_cmake(place) {
        return Ok(found);
    }
    let line = format!("CMake {CMAKE} from PyPI");
    install::once(place, "cmake", CMAKE, &line, |draft| {
        python::install_into(place, "requirements-cmake.txt", &draft.join("site"))
    })?;
    find_cmake(place)
        .ok_or_else(|| Error::Check(format!("CMake {CMAKE} was installed, but does not run")))
}
