//! Ctrl-C: the first asks to stop, the second ends the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::{Failure, STOPPED};

/// Set once the user, or the system by a termination signal, asks to stop.
///
/// # Errors
/// Where the system takes no handler.
pub fn on_ctrl_c() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let handler = move || {
        if flag.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(STOPPED));
        }
        eprintln!("\nstopping after this step; press Ctrl-C again to stop at once");
    };
    match ctrlc::set_handler(handler) {
        Ok(()) => Ok(stop),
        Err(error) => Err(Failure::new(
            format!("cannot handle Ctrl-C: {error}"),
            "run it where signals can be handled",
        )),
    }
}
