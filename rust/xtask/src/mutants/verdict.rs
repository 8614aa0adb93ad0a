//! Whether a mutant's check failed for the right reason.

use std::fmt;

use crate::lean::messages::Message;
use crate::mutants::table::Mutant;

/// What came of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The expected theorem failed, and only proofs did. The number of other theorems of its module that failed too.
    Killed(usize),
    /// Every module passed.
    Survived,
    /// Something else happened: the table or the sources need a look.
    Amiss(String),
}

/// A module that did not check.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The module.
    pub module: String,
    /// Its text.
    pub source: String,
    /// Lean's messages about it.
    pub messages: Vec<Message>,
    /// How the process died, if it did.
    pub crash: Option<String>,
}

impl Failure {
    /// What was wrong first, in a line.
    fn first(&self) -> String {
        let complaint = self.messages.iter().find(|m| m.severity != "info");
        complaint.map_or("no message".into(), |m| {
            let text = m.text.lines().next().unwrap_or("");
            format!("line {}: {}: {text}", m.line, m.severity)
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.crash {
            Some(why) => write!(f, "Lean crashed in {}: {why}", self.module),
            None => write!(f, "{}, {}", self.module, self.first()),
        }
    }
}

/// What messages begin with that say that a proof does not go through. Any other error, of syntax, of an unknown name, of a limit
/// reached, does not count as finding the mistake.
const PROOF_ERRORS: [&str; 12] = [
    "unsolved goals",
    "Type mismatch",
    "Application type mismatch",
    "Tactic `",
    "Not a definitional equality",
    "`simp` made no progress",
    "`dsimp` made no progress",
    "simp_all made no progress",
    "`grind` failed",
    "omega could not prove the goal",
    "No goals to be solved",
    // What a term that no longer fits its goal leaves behind.
    "Invalid `⟨...⟩` notation: The expected type of this term could not be determined",
];

/// Judges by the first module that failed.
pub fn judge(mutant: &Mutant, failure: Option<&Failure>) -> Verdict {
    let Some(failure) = failure else {
        return Verdict::Survived;
    };
    let module = &failure.module;
    if failure.crash.is_some() {
        return Verdict::Amiss(failure.to_string());
    }
    if *module == mutant.changed() {
        return Verdict::Amiss(format!("the changed file itself does not check: {failure}"));
    }
    let mut failed: Vec<String> = Vec::new();
    for error in failure.messages.iter().filter(|m| m.severity == "error") {
        match (proof_at(&failure.source, error), is_proof_error(error)) {
            (Some(theorem), true) if !failed.contains(&theorem) => failed.push(theorem),
            (Some(_), true) => {}
            (theorem, _) => {
                return Verdict::Amiss(format!(
                    "{module}:{}: not a proof that does not go through, {}: {}",
                    error.line,
                    theorem.map_or("outside of every proof".into(), |t| format!("in {t}")),
                    error.text
                ));
            }
        }
    }
    let told = if failed.is_empty() {
        failure.first()
    } else {
        failed.join(", ")
    };
    if *module != mutant.module {
        Verdict::Amiss(format!(
            "{} was expected to fail, but {module} fails before it: {told}",
            mutant.module
        ))
    } else if failed.contains(&mutant.theorem) {
        Verdict::Killed(failed.len() - 1)
    } else {
        Verdict::Amiss(format!(
            "{} was expected to fail, but this is what does in {module}: {told}",
            mutant.theorem
        ))
    }
}

fn is_proof_error(message: &Message) -> bool {
    let known = |line: &str| PROOF_ERRORS.iter().any(|p| line.starts_with(p));
    // A tactic that ran into a limit did not find a mistake.
    known(&message.text)
        && !message.text.contains("deterministic) timeout")
        && !message.text.contains("maximum recursion depth")
}

/// The theorems of a source, each with the index of its first line.
pub fn theorems(source: &str) -> impl Iterator<Item = (usize, &str)> {
    declarations(source).filter_map(|(line, kind, name)| {
        matches!(kind, "theorem" | "lemma").then_some((line, name))
    })
}

/// The declarations of a source: the index of the first line, the keyword, the name. All of ours start in the first column.
fn declarations(source: &str) -> impl Iterator<Item = (usize, &str, &str)> {
    source.lines().enumerate().filter_map(|(index, line)| {
        let mut words = line.split_whitespace().skip_while(|w| {
            w.starts_with("@[")
                || matches!(*w, "private" | "protected" | "public" | "noncomputable")
        });
        if line.starts_with(char::is_whitespace) {
            return None;
        }
        let kind = words.next().filter(|w| {
            [
                "theorem",
                "lemma",
                "def",
                "abbrev",
                "instance",
                "structure",
                "inductive",
                "class",
                "example",
            ]
            .contains(w)
        })?;
        Some((index, kind, words.next().unwrap_or("")))
    })
}

/// The theorem in whose proof, not in whose statement, a message stands.
fn proof_at(source: &str, message: &Message) -> Option<String> {
    let last = message.line.checked_sub(1)?;
    let (first, kind, name) = declarations(source).take_while(|d| d.0 <= last).last()?;
    if !matches!(kind, "theorem" | "lemma") {
        return None;
    }
    let before = source.lines().skip(first).take(last - first);
    let here: String = source
        .lines()
        .nth(last)?
        .chars()
        .take(message.column)
        .collect();
    let in_proof = before
        .chain([here.as_str()])
        .any(|l| l.contains(":=") || l.starts_with("  | "));
    in_proof.then(|| name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lean::messages;

    const SOURCE: &str = "\
theorem one : p := by
  simp

@[simp] private theorem A.two {x : Nat}
    (h : p) : q :=
  h

def three := 1

theorem four : ∀ n, p
  | 0 => h
";

    fn mutant() -> Mutant {
        Mutant {
            name: "m".into(),
            error: "E.".into(),
            file: "P.lean".into(),
            old: "a".into(),
            new: "b".into(),
            module: "T".into(),
            theorem: "A.two".into(),
        }
    }

    fn verdict_of(module: &str, output: &str) -> Verdict {
        let failure = Failure {
            module: module.into(),
            source: SOURCE.into(),
            messages: messages::parse(&output.lines().map(str::to_string).collect::<Vec<_>>()),
            crash: None,
        };
        judge(&mutant(), Some(&failure))
    }

    fn amiss(module: &str, output: &str) -> String {
        match verdict_of(module, output) {
            Verdict::Amiss(why) => why,
            other => panic!("{other:?}"),
        }
    }

    const TWO: &str = "T.lean:6:2: error: Type mismatch\n  h\nhas type\n";

    #[test]
    fn the_expected_theorem_kills_and_others_are_counted() {
        assert_eq!(verdict_of("T", TWO), Verdict::Killed(0));
        let more = format!(
            "T.lean:1:19: error: unsolved goals\n⊢ p\n{TWO}{TWO}T.lean:11:9: error: Type mismatch"
        );
        assert_eq!(verdict_of("T", &more), Verdict::Killed(2));
    }

    #[test]
    fn a_mutant_that_nothing_notices_survives() {
        assert_eq!(judge(&mutant(), None), Verdict::Survived);
    }

    #[test]
    fn an_error_in_the_changed_file_is_a_bad_mutant() {
        for output in [
            "P.lean:1:1: error: Type mismatch",
            "P.lean:1:1: warning: unused",
        ] {
            assert!(amiss("P", output).contains("changed file itself"));
        }
    }

    #[test]
    fn another_theorem_or_module_is_told() {
        let other = "T.lean:2:2: error: `simp` made no progress";
        assert!(amiss("T", other).contains("what does in T: one"));
        assert!(amiss("S", TWO).contains("S fails before it: A.two"));
        assert!(amiss("T", "T.lean:2:2: warning: unused").contains("what does in T: line 2"));
    }

    #[test]
    fn only_a_proof_that_does_not_go_through_counts() {
        for text in [
            "Unknown identifier `x`",
            "unexpected token 'by'; expected term",
            "Tactic `simp` failed with a nested error:\n(deterministic) timeout at `whnf`",
            "failed to synthesize instance",
        ] {
            let why = amiss("T", &format!("T.lean:6:2: error: {text}"));
            assert!(
                why.contains("not a proof") && why.contains("in A.two"),
                "{why}"
            );
        }
        // In a statement, in a definition, before everything.
        for place in ["5:9", "8:5", "4:30"] {
            let why = amiss("T", &format!("T.lean:{place}: error: Type mismatch"));
            assert!(why.contains("outside of every proof"), "{why}");
        }
    }

    #[test]
    fn a_crash_is_no_kill() {
        let failure = Failure {
            module: "T".into(),
            source: SOURCE.into(),
            messages: Vec::new(),
            crash: Some("it aborted".into()),
        };
        assert_eq!(
            judge(&mutant(), Some(&failure)),
            Verdict::Amiss("Lean crashed in T: it aborted".into())
        );
    }

    #[test]
    fn theorems_are_found_with_their_modifiers() {
        let names: Vec<_> = theorems(SOURCE).collect();
        assert_eq!(names, [(0, "one"), (3, "A.two"), (9, "four")]);
    }
}
