//! The runtime: devices, tensors on them, and loaded modules.
//!
//! `eerie` gives safe types over IREE's C API, but none that may leave its thread. `shared` makes that possible,
//! by one lock per device; the other modules are built on it without `unsafe`.

mod device;
mod session;
mod shared;
mod tensor;

pub use device::Device;
pub use session::Session;
pub use tensor::DeviceTensor;

use crate::IreeError;

/// The runtime's error, with what was being done.
fn failed(action: impl Into<String>, error: &eerie::runtime::RuntimeError) -> IreeError {
    IreeError::Runtime {
        action: action.into(),
        message: clean(&error.to_string()),
    }
}

/// IREE's message without what `eerie` wraps around it: a prefix, quotes with escapes, and the place in the C source.
fn clean(message: &str) -> String {
    let text = message
        .strip_prefix("IREE runtime error: ")
        .unwrap_or(message);
    let text = text
        .strip_prefix("Status: ")
        .unwrap_or(text)
        .trim_matches('"');
    let text = text
        .replace("\\n", "\n")
        .replace("\\\"", "\"")
        .replace("\\'", "'");
    match text.split_once(": ") {
        Some((place, rest)) if place.contains(".c:") || place == "<vm>:0" => rest.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_lose_their_wrapping() {
        let raw = r#"IREE runtime error: Status: "/a/b/module.c:12: INVALID_ARGUMENT; expected \"x\";\n[0] main""#;
        assert_eq!(clean(raw), "INVALID_ARGUMENT; expected \"x\";\n[0] main");
        assert_eq!(
            clean("Status: \"<vm>:0: INCOMPATIBLE; x\""),
            "INCOMPATIBLE; x"
        );
        assert_eq!(clean("IREE runtime error: plain: text"), "plain: text");
    }
}
