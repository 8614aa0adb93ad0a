//! Each refusal, with its message; and what is accepted, with its report.

#[path = "../../../lmx-graph/tests/common/mod.rs"]
mod common;
#[path = "../encode/mod.rs"]
mod encode;
mod files;
mod fixture;
mod lists;
mod statements;
mod terms;
