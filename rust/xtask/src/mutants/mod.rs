//! `cargo xtask mutants`: deliberate errors that the Lean check must find.
//!
//! Each mutant of `ci/mutants.toml` is put into a copy of the Lean sources, and the modules from the changed file to the theorem that must
//! fail are checked. A control puts a comment into the same files and must pass, so that nothing but the error makes the difference.

mod copy;
mod native;
mod table;
mod verdict;
mod wasm;

use std::path::PathBuf;
use std::time::Instant;

use crate::error::{Error, Result};
use crate::lean;
use crate::mutants::table::Mutant;
use crate::mutants::verdict::Verdict;
use crate::place::Place;

const USAGE: &str =
    "usage: cargo xtask mutants [--sample N] [--seed S] [--jobs J] [--list] [NAMES…]";

/// What `cargo xtask mutants` was asked for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only so many, drawn by the seed.
    pub sample: Option<usize>,
    /// The seed; by default a hash of the Lean sources.
    pub seed: Option<String>,
    /// The most processes; by default the number of cores, at most 2.
    pub jobs: Option<usize>,
    /// List the mutants and run none.
    pub list: bool,
    /// Only these.
    pub names: Vec<String>,
}

impl Options {
    /// Reads the command line behind `cargo xtask mutants`.
    pub fn parse(args: &[String]) -> Result<Options> {
        let mut options = Options::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut number = || {
                let n = args.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0);
                n.map(Some)
                    .ok_or_else(|| Error::Usage(format!("{arg} takes a number from 1 on\n{USAGE}")))
            };
            match arg.as_str() {
                "--list" => options.list = true,
                "--sample" => options.sample = number()?,
                "--jobs" => options.jobs = number()?,
                "--seed" => {
                    let seed = args.next().cloned();
                    options.seed =
                        Some(seed.ok_or_else(|| {
                            Error::Usage(format!("--seed takes a word\n{USAGE}"))
                        })?);
                }
                flag if flag.starts_with('-') => {
                    return Err(Error::Usage(format!("unknown option {flag}\n{USAGE}")));
                }
                name => options.names.push(name.to_string()),
            }
        }
        if options.sample.is_some() && !options.names.is_empty() {
            return Err(Error::Usage(format!(
                "--sample draws mutants: give it no names\n{USAGE}"
            )));
        }
        if options.seed.is_some() && options.sample.is_none() {
            return Err(Error::Usage(format!("--seed is for --sample\n{USAGE}")));
        }
        Ok(options)
    }
}

/// A way to check mutants: one copy of the sources, used by one thread.
trait Checker {
    /// Checks the package with the error in it, up to the module that must fail.
    fn mutant(&mut self, mutant: &Mutant) -> Result<Verdict>;
    /// Checks the same modules for all mutants, with a comment in each file in place of the error. The number of modules
    /// checked, or why it failed.
    fn control(&mut self, mutants: &[Mutant]) -> Result<std::result::Result<usize, String>>;
}

/// Runs it.
pub fn run(place: &Place, options: &Options) -> Result<()> {
    let began = Instant::now();
    let all = table::read(&place.root)?;
    let total = all.len();
    let mutants = chosen(place, all, options)?;
    if options.list {
        for m in &mutants {
            let (file, module) = (m.file.display(), &m.module);
            println!(
                "{}\n  {}\n  lean/{file}, killed by {} in {module}",
                m.name, m.error, m.theorem
            );
        }
        return Ok(());
    }
    // What a mutant leaves as it is has a result already, and passes.
    lean::run(
        place,
        &lean::Options {
            jobs: options.jobs,
            files: expected_files(place, &mutants),
            ..Default::default()
        },
    )?;
    let failed = match lean::native::find(place)? {
        Some(lake) => native::run(place, &lake, &mutants)?,
        None => {
            let jobs = options.jobs.unwrap_or_else(lean::default_jobs);
            wasm::run(place, &mutants, jobs)?
        }
    };
    let seconds = began.elapsed().as_secs_f64();
    if failed.is_empty() {
        eprintln!(
            "mutants: {} of {total} run, each killed by its theorem, and the control passed, in {seconds:.0} s",
            mutants.len()
        );
        return Ok(());
    }
    Err(Error::Check(format!(
        "mutants: {} of {} runs are not as they must be: {}",
        failed.len(),
        mutants.len() + 1,
        failed.join(", ")
    )))
}

/// The mutants to run.
fn chosen(place: &Place, all: Vec<Mutant>, options: &Options) -> Result<Vec<Mutant>> {
    if let Some(count) = options.sample {
        let seed = match &options.seed {
            Some(seed) => seed.clone(),
            None => table::seed(&place.root)?,
        };
        eprintln!(
            "mutants: {count} of {}, drawn by the seed {seed}",
            all.len()
        );
        return Ok(table::sample(all, count, &seed));
    }
    if options.names.is_empty() {
        return Ok(all);
    }
    options
        .names
        .iter()
        .map(|name| {
            let found = all.iter().find(|m| m.name == *name).cloned();
            found.ok_or_else(|| {
                Error::Usage(format!("no mutant {name}: cargo xtask mutants --list"))
            })
        })
        .collect()
}

fn expected_files(place: &Place, mutants: &[Mutant]) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = mutants
        .iter()
        .map(|m| {
            let file = format!("{}.lean", m.module.replace('.', "/"));
            place.root.join("lean").join(file)
        })
        .collect();
    files.sort();
    files.dedup();
    files
}

/// Does one run with a checker and shows what came of it; the name, if it is not as it must be. `None` is the control.
fn one(
    checker: &mut impl Checker,
    mutant: Option<&Mutant>,
    mutants: &[Mutant],
) -> Result<Option<String>> {
    let began = Instant::now();
    let (name, fine, text) = match mutant {
        None => match checker.control(mutants)? {
            Ok(count) => ("control", true, format!("{count} modules pass")),
            Err(why) => ("control", false, format!("FAILED: {why}")),
        },
        Some(m) => match checker.mutant(m)? {
            Verdict::Killed(others) => {
                let others = match others {
                    0 => String::new(),
                    n => format!(" and {n} more"),
                };
                let text = format!("killed by {}{others} in {}", m.theorem, m.module);
                (m.name.as_str(), true, text)
            }
            Verdict::Survived => (
                m.name.as_str(),
                false,
                format!("SURVIVED: {} passes. {}", m.module, m.error),
            ),
            Verdict::Amiss(why) => (m.name.as_str(), false, format!("NOT AS EXPECTED: {why}")),
        },
    };
    eprintln!(
        "mutants: {name}: {text} ({:.1} s)",
        began.elapsed().as_secs_f64()
    );
    Ok((!fine).then(|| name.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        let words: Vec<String> = line.split_whitespace().map(str::to_string).collect();
        Options::parse(&words)
    }

    #[test]
    fn the_command_line_is_read() {
        let o = parse("--sample 3 --seed abc --jobs 1").unwrap();
        assert_eq!((o.sample, o.jobs), (Some(3), Some(1)));
        assert_eq!(o.seed.as_deref(), Some("abc"));
        let o = parse("--list loss-sign").unwrap();
        assert!(o.list && o.names == ["loss-sign"]);
    }

    #[test]
    fn a_wrong_command_line_says_why() {
        for (line, word) in [
            ("--wrong", "usage"),
            ("--sample", "--sample"),
            ("--sample 0", "--sample"),
            ("--jobs x", "--jobs"),
            ("--seed", "--seed"),
            ("--seed 1", "--seed"),
            ("--sample 1 loss-sign", "no names"),
        ] {
            let e = parse(line).unwrap_err();
            assert!(e.to_string().contains(word), "{e}");
            assert_eq!(e.exit_code(), 2);
        }
    }

    struct Fixed(Verdict, std::result::Result<usize, String>);

    impl Checker for Fixed {
        fn mutant(&mut self, _: &Mutant) -> Result<Verdict> {
            Ok(self.0.clone())
        }
        fn control(&mut self, _: &[Mutant]) -> Result<std::result::Result<usize, String>> {
            Ok(self.1.clone())
        }
    }

    #[test]
    fn what_is_not_as_it_must_be_is_told_from_what_is() {
        let mutants = table::read(&Place::find().unwrap().root).unwrap();
        let first = &mutants[0];
        let outcome = |v: Verdict| one(&mut Fixed(v, Ok(1)), Some(first), &mutants).unwrap();
        assert_eq!(outcome(Verdict::Killed(2)), None);
        for bad in [Verdict::Survived, Verdict::Amiss("x".into())] {
            assert_eq!(outcome(bad).as_deref(), Some(first.name.as_str()));
        }
        let control = |c| one(&mut Fixed(Verdict::Survived, c), None, &mutants).unwrap();
        assert_eq!(control(Ok(3)), None);
        assert_eq!(control(Err("x".into())).as_deref(), Some("control"));
    }
}
