//! Version numbers.

/// The first dotted number in a text, such as `3.13.0` in `IREE compiler version 3.13.0rc20261016 @ 89ece87`.
pub fn first(text: &str) -> Option<Vec<u32>> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .filter(|w| w.contains('.') && w.starts_with(|c: char| c.is_ascii_digit()))
        .find_map(|w| {
            w.trim_end_matches('.')
                .split('.')
                .map(|n| n.parse().ok())
                .collect()
        })
}

/// Whether the first version in the text is at least `least`.
pub fn at_least(text: &str, least: &[u32]) -> bool {
    first(text).is_some_and(|v| v.as_slice() >= least)
}

/// Whether the first version in the text begins with `prefix`.
pub fn is(text: &str, prefix: &[u32]) -> bool {
    first(text).is_some_and(|v| v.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_tools_print() {
        assert_eq!(
            first("cmake version 4.4.4\n\nCMake suite"),
            Some(vec![4, 4, 4])
        );
        assert_eq!(
            first("IREE (https://iree.dev):\n  IREE compiler version 3.13.0rc20261016 @ 89"),
            Some(vec![3, 13, 0])
        );
        assert_eq!(
            first("Debian clang version 22.1.8-1~deb12u1"),
            Some(vec![22, 1, 8])
        );
        assert_eq!(first("Python 3.11.7"), Some(vec![3, 11, 7]));
        assert_eq!(first("no version 4 here"), None);
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!(
            at_least("3.26", &[3, 26])
                && at_least("3.100.1", &[3, 26])
                && at_least("4.0.0", &[3, 26])
        );
        assert!(!at_least("3.5.1", &[3, 26]) && !at_least("", &[0]));
        assert!(is("22.1.8", &[22]) && is("3.13.1", &[3, 13]));
        assert!(!is("3.130.0", &[3, 13]) && !is("2.22", &[22]));
    }
}
