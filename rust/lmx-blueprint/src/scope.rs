//! The `variable`s that a statement takes part of its binders from.

/// The binders of `variable` commands that are in scope on a line (from 1), one text each: `{R : Type}`, `[RealOps R]`.
pub fn variables(source: &str, line: usize) -> Vec<String> {
    let mut scopes: Vec<Vec<String>> = vec![Vec::new()];
    let mut lines = source.lines().take(line.saturating_sub(1)).peekable();
    let mut comment = false;
    while let Some(text) = lines.next() {
        if comment {
            comment = !text.contains("-/");
            continue;
        }
        if text.trim_start().starts_with("/-") {
            comment = !text.contains("-/");
            continue;
        }
        let mut words = text.split_whitespace();
        match words.next() {
            Some("namespace") => scopes.push(Vec::new()),
            Some("end") if scopes.len() > 1 => drop(scopes.pop()),
            Some("variable") if text.starts_with("variable") => {
                let mut all = text["variable".len()..].to_string();
                while let Some(next) = lines.next_if(|l| l.starts_with(' ')) {
                    all.push(' ');
                    all.push_str(next.trim());
                }
                if let Some(scope) = scopes.last_mut() {
                    scope.extend(binders(&all));
                }
            }
            Some(_) if !text.starts_with(' ') && opens_section(text) => scopes.push(Vec::new()),
            _ => {}
        }
    }
    scopes.concat()
}

fn opens_section(text: &str) -> bool {
    let text = text.split("--").next().unwrap_or(text);
    let mut words = text
        .split_whitespace()
        .filter(|w| !w.starts_with("@["))
        .skip_while(|w| matches!(*w, "public" | "meta" | "noncomputable"));
    words.next() == Some("section")
}

/// The bracketed parts of a text.
fn binders(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut depth = 0usize;
    let mut current = String::new();
    for c in text.chars() {
        if matches!(c, '(' | '[' | '{' | '⦃') {
            depth += 1;
        }
        if depth > 0 {
            current.push(c);
        }
        if matches!(c, ')' | ']' | '}' | '⦄') {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                found.push(std::mem::take(&mut current));
            }
        }
    }
    found
}

/// Those binders that a text needs: they bind a name that it or another needed binder has, or are instances about such names only.
pub fn needed(binders: &[String], text: &str) -> Vec<String> {
    // A statement's own binders come before those of its surroundings.
    let bound: Vec<String> = self::binders(text);
    let bound: Vec<&str> = bound
        .iter()
        .map(|b| parts(b))
        .filter(|(names, ty, _)| !ty.is_empty() && names.iter().all(|n| identifiers(n).eq([*n])))
        .filter(|(names, _, _)| !names.contains(&"fun"))
        .flat_map(|(names, _, _)| names)
        .collect();
    let mut words: Vec<&str> = identifiers(text).filter(|w| !bound.contains(w)).collect();
    let mut keep = vec![false; binders.len()];
    let parsed: Vec<(Vec<&str>, &str, bool)> = binders.iter().map(|b| parts(b)).collect();
    loop {
        let mut grew = false;
        for (k, (names, ty, instance)) in parsed.iter().enumerate() {
            let own = |n: &&str| words.contains(n);
            let about: Vec<&str> = identifiers(ty)
                .filter(|w| parsed.iter().any(|p| p.0.contains(w)))
                .collect();
            let wanted = names.iter().any(own)
                || (*instance && names.is_empty() && !about.is_empty() && about.iter().all(own));
            if wanted && !keep.get(k).copied().unwrap_or(true) {
                if let Some(slot) = keep.get_mut(k) {
                    *slot = true;
                }
                words.extend(identifiers(ty));
                grew = true;
            }
        }
        if !grew {
            break;
        }
    }
    let mut needed = Vec::new();
    for ((binder, (names, ty, instance)), _) in binders
        .iter()
        .zip(&parsed)
        .zip(&keep)
        .filter(|(_, keep)| **keep)
    {
        // Of `{a b c : Nat}` only the names that are needed.
        let used: Vec<&str> = names
            .iter()
            .copied()
            .filter(|n| words.contains(n))
            .collect();
        let (open, close) = (binder.chars().next(), binder.chars().last());
        match (open, close) {
            (Some(open), Some(close)) if !instance && !ty.is_empty() => {
                needed.push(format!("{open}{} : {ty}{close}", used.join(" ")));
            }
            _ => needed.push(binder.clone()),
        }
    }
    needed
}

/// The names that a binder binds, its type, and whether it is an instance.
fn parts(binder: &str) -> (Vec<&str>, &str, bool) {
    let instance = binder.starts_with('[');
    let mut inner = binder.chars();
    inner.next();
    inner.next_back();
    match inner.as_str().split_once(" : ") {
        Some((names, ty)) => (names.split_whitespace().collect(), ty.trim(), instance),
        None if instance => (Vec::new(), inner.as_str(), true),
        None => (inner.as_str().split_whitespace().collect(), "", false),
    }
}

/// The first components of a text's names: `spec` of `spec.valid`.
fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    let in_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '\'' | '.' | '₀'..='₉');
    text.split(move |c| !in_name(c))
        .filter_map(|w| w.split('.').next())
        .filter(|w| !w.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "module\n@[expose] public section\n/-!\nvariable {no : Nat}\n-/\nnamespace Lmx\nvariable {R : Type} [RealOps R] {B : Nat}\n  {x y : Tensor R}\nnoncomputable section\nvariable (z : R)\nend\ntheorem a : x = x := rfl\nend Lmx\ntheorem b";

    #[test]
    fn sections_end() {
        assert_eq!(
            variables(SOURCE, 12),
            ["{R : Type}", "[RealOps R]", "{B : Nat}", "{x y : Tensor R}"]
        );
        assert_eq!(variables(SOURCE, 11).last().unwrap(), "(z : R)");
        assert!(variables(SOURCE, 14).is_empty());
    }

    #[test]
    fn only_what_is_needed_is_kept() {
        let all = variables(SOURCE, 12);
        assert_eq!(
            needed(&all, "theorem a : x.f = 0"),
            ["{R : Type}", "[RealOps R]", "{x : Tensor R}"]
        );
        assert_eq!(needed(&all, "theorem a : B = 0"), ["{B : Nat}"]);
        assert!(needed(&all, "theorem a : 1 = 0").is_empty());
        assert!(needed(&all, "theorem a {B : Nat} : B = 0").is_empty());
        assert_eq!(
            needed(&all, "theorem a (h : (f B (g 1)) = 0) : 1 = 0"),
            ["{B : Nat}"]
        );
    }
}
