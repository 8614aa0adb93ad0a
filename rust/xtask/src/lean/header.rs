//! Reads the header of a Lean file: the imports before its first command.

/// The modules that a Lean source imports, in order, each once.
///
/// Knows `module`, `prelude`, `import M`, and the modifiers `public`, `meta` and `all` of the module system, with comments
/// anywhere between. Stops at the first word that cannot be part of a header.
pub fn imports(source: &str) -> Vec<String> {
    let mut words = Words { rest: source };
    let mut found: Vec<String> = Vec::new();
    let mut word = words.next();
    while let Some(w) = word {
        match w {
            "module" | "prelude" | "public" | "meta" => word = words.next(),
            "import" => {
                let mut name = words.next();
                if name == Some("all") {
                    name = words.next();
                }
                let Some(name) = name else { break };
                let name = name.replace(['«', '»'], "");
                if !found.contains(&name) {
                    found.push(name);
                }
                word = words.next();
            }
            _ => break,
        }
    }
    found
}

/// The source without its header: from the first word that cannot be part of one.
pub fn body(source: &str) -> &str {
    let mut words = Words { rest: source };
    let mut from = source;
    while let Some(w) = words.next() {
        match w {
            "module" | "prelude" | "public" | "meta" => {}
            "import" => {
                if words.next() == Some("all") {
                    words.next();
                }
            }
            _ => break,
        }
        from = words.rest;
    }
    from
}

/// The words of a Lean source, comments left out.
struct Words<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            self.rest = self.rest.trim_start().trim_start_matches('\u{feff}');
            if self.rest.starts_with("--") {
                self.rest = self.rest.split_once('\n').map_or("", |(_, after)| after);
            } else if self.rest.starts_with("/-") {
                self.rest = after_block_comment(self.rest);
            } else {
                break;
            }
        }
        let end = self
            .rest
            .char_indices()
            .find(|&(i, c)| {
                c.is_whitespace()
                    || (i > 0
                        && (self.rest[i..].starts_with("--") || self.rest[i..].starts_with("/-")))
            })
            .map_or(self.rest.len(), |(i, _)| i);
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }
}

/// What follows a block comment that opens the text; block comments nest.
pub(crate) fn after_block_comment(text: &str) -> &str {
    let mut depth = 0usize;
    let mut rest = text;
    loop {
        if rest.starts_with("/-") {
            depth += 1;
            rest = &rest[2..];
        } else if rest.starts_with("-/") {
            depth -= 1;
            rest = &rest[2..];
            if depth == 0 {
                return rest;
            }
        } else {
            let mut chars = rest.chars();
            if chars.next().is_none() {
                return "";
            }
            rest = chars.as_str();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::imports;

    #[test]
    fn every_form_of_import_is_found() {
        let source = "module\nprelude\nimport A\npublic import B.C\nmeta import D\nimport all E\n\
                      public meta import F\npublic import all G\nimport «H».I\n\nnamespace X\nimport Z\n";
        assert_eq!(imports(source), ["A", "B.C", "D", "E", "F", "G", "H.I"]);
    }

    #[test]
    fn comments_are_skipped_nested_or_not() {
        let source = "/- import A /- nested -/ import B -/\n-- import C\nmodule -- import D\nimport E-- tail\n\
                      /-! doc -/ import F/- x -/\n/-- a docstring -/ theorem t : True := trivial\n";
        assert_eq!(imports(source), ["E", "F"]);
    }

    #[test]
    fn the_body_is_not_searched() {
        assert!(imports("def x := 1\nimport A\n").is_empty());
        assert!(imports("/- never closed import A").is_empty());
        assert!(imports("import").is_empty());
        assert!(imports("").is_empty());
    }

    #[test]
    fn a_repeated_import_counts_once() {
        assert_eq!(imports("public import A\nimport all A\n"), ["A"]);
    }
}
