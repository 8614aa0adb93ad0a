//! One module for each command.

pub mod bench;
pub mod completions;
pub mod data;
pub mod doctor;
pub mod emit;
pub mod eval;
pub mod inspect;
pub mod predict;
pub mod run;
pub mod train;
pub mod verify;
