//! Why a command failed: its exit code, and its report.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | failed |
//! | 2 | usage: the command line or a configuration file was not understood, or has a setting out of its range |
//! | 3 | the certificate was refused |
//! | 130 | stopped by Ctrl-C: by a first one after a run that is kept was saved, by a second one at once |

use std::error::Error;
use std::fmt::{self, Display};
use std::io;
use std::process::ExitCode;

use lmx_cert::CertError;
use lmx_data::DataError;
use lmx_graph::file::ReadError;
use lmx_graph::text::plain;
use lmx_iree::IreeError;
use lmx_mlir::EmitError;
use lmx_train::TrainError;
use miette::{Diagnostic, MietteHandlerOpts};

/// The process was asked to stop: 128 + SIGINT, as a shell has it.
pub const STOPPED: u8 = 130;

/// A failed command.
#[derive(Debug)]
pub enum Failure {
    /// It is told to people, and ends with this code.
    Reported { code: u8, report: Report },
    /// The reader of standard output is gone: nothing is left to say.
    OutputClosed,
    /// It has been told already.
    Silent { code: u8 },
}

/// What is told: message, cause, help.
#[derive(Debug)]
pub struct Report {
    message: String,
    help: Option<String>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// Errors are printed in full width, whatever the terminal's: a hash or a path that is broken over lines cannot be copied.
pub fn install_reporter() {
    // Fails only if a reporter is installed already.
    let _ = miette::set_hook(Box::new(|_| {
        Box::new(
            MietteHandlerOpts::new()
                .wrap_lines(false)
                .break_words(false)
                .build(),
        )
    }));
}

impl Failure {
    /// A failure with a message of this program's own.
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Failure {
        Failure::Reported {
            code: 1,
            report: Report {
                message: message.into(),
                help: Some(help.into()),
                source: None,
            },
        }
    }

    fn from_error(
        code: u8,
        error: impl Error + Send + Sync + 'static,
        help: Option<String>,
    ) -> Failure {
        let message = error.to_string();
        // A transparent error prints its source's message: as a cause it would be the same again.
        let source = error
            .source()
            .map(ToString::to_string)
            .filter(|s| !message.contains(s.as_str()));
        Failure::Reported {
            code,
            report: Report {
                message,
                help,
                source: source.map(|source| readable(&source).into()),
            },
        }
    }

    /// Says it, and gives the exit code.
    pub fn report(self) -> ExitCode {
        match self {
            Failure::OutputClosed => ExitCode::SUCCESS,
            Failure::Silent { code } => ExitCode::from(code),
            Failure::Reported { code, report } => {
                eprintln!("{:?}", miette::Report::new(report));
                ExitCode::from(code)
            }
        }
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&readable(&self.message))
    }
}

impl Error for Report {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}

impl Diagnostic for Report {
    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        let help = self.help.as_ref()?;
        Some(Box::new(readable(help)))
    }
}

/// A message without what a terminal would obey, whatever file or tool a part of it came from. Its lines stay.
fn readable(message: &str) -> String {
    let lines: Vec<_> = message.split('\n').map(plain).collect();
    lines.join("\n")
}

impl From<TrainError> for Failure {
    fn from(error: TrainError) -> Failure {
        let help = error.help();
        let code = match error {
            TrainError::Setting { .. }
            | TrainError::Config { .. }
            | TrainError::Flags { .. }
            | TrainError::NoProgram { .. } => 2,
            _ => 1,
        };
        Failure::from_error(code, error, help)
    }
}

impl From<CertError> for Failure {
    fn from(error: CertError) -> Failure {
        if let CertError::Read {
            what: "certificate",
            source: ReadError::Io { path, source },
        } = &error
            && source.kind() == io::ErrorKind::NotFound
        {
            return Failure::new(
                format!(
                    "{}: expected a certificate, found no such file",
                    path.display()
                ),
                "give the path of a certificate, such as certificates/mnist-mlp.cert.json in the repository; \
                 `cargo xtask lean` exports them from the Lean sources",
            );
        }
        let help = "nothing was run: the certificate was refused".to_owned();
        Failure::from_error(3, error, Some(help))
    }
}

impl From<IreeError> for Failure {
    fn from(error: IreeError) -> Failure {
        Failure::from_error(1, error, None)
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Failure {
        Failure::from_error(1, error, None)
    }
}

impl From<EmitError> for Failure {
    fn from(error: EmitError) -> Failure {
        Failure::from_error(1, error, None)
    }
}
