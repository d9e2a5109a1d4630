//! License expressions of packages, and whether a list of licenses that are accepted is enough for one.

/// Whether whoever accepts the licenses for which `accepts` says so may use what has the license `expression`.
///
/// The language is that of SPDX: names, `AND`, `OR`, `WITH`, brackets. An old way to write `OR` is a slash.
pub(crate) fn is_satisfied(expression: &str, accepts: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, accepts };
    let satisfied = reader.any();
    satisfied && reader.words.is_empty()
}

struct Reader<'a> {
    words: &'a [&'a str],
    accepts: &'a dyn Fn(&str) -> bool,
}

impl Reader<'_> {
    fn takes(&mut self, word: &str) -> bool {
        let there = self.words.first() == Some(&word);
        if there {
            self.words = &self.words[1..];
        }
        there
    }

    fn any(&mut self) -> bool {
        let mut satisfied = self.all();
        while self.takes("OR") {
            satisfied |= self.all();
        }
        satisfied
    }

    fn all(&mut self) -> bool {
        let mut satisfied = self.one();
        while self.takes("AND") {
            satisfied &= self.one();
        }
        satisfied
    }

    fn one(&mut self) -> bool {
        if self.takes("(") {
            let satisfied = self.any();
            return self.takes(")") && satisfied;
        }
        let Some((name, rest)) = self.words.split_first() else {
            return false;
        };
        self.words = rest;
        let mut name = (*name).to_owned();
        if self.takes("WITH") {
            if let Some((exception, rest)) = self.words.split_first() {
                name = format!("{name} WITH {exception}");
                self.words = rest;
            }
        }
        (self.accepts)(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_weighed() {
        let accepts = |name: &str| ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].contains(&name);
        for (expression, expected) in [
            ("MIT", true),
            ("GPL-3.0", false),
            ("GPL-3.0 OR MIT", true),
            ("GPL-3.0/MIT", true),
            ("GPL-3.0 AND MIT", false),
            ("MIT AND (GPL-3.0 OR ISC)", true),
            ("(MIT AND GPL-3.0) OR BSD", false),
            ("MIT OR GPL-3.0 AND BSD", true),
            ("Apache-2.0", false),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("", false),
            ("MIT )", false),
            ("( MIT", false),
            ("MIT OR", true),
        ] {
            assert_eq!(is_satisfied(expression, &accepts), expected, "{expression}");
        }
    }
}
