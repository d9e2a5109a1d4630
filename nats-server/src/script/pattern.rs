//! Lines with placeholders: `{}` stands for one word, or a part of one, and `{..}` for any text.

/// Matches `text` with `pattern`; what the placeholders stand for, in order, when it does.
///
/// `{}` takes at least one character and no space, `{..}` takes anything, also nothing. Both take as little as they can.
pub(crate) fn captures(pattern: &str, text: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    matches(pattern, text, &mut found).then_some(found)
}

fn matches(pattern: &str, text: &str, found: &mut Vec<String>) -> bool {
    let Some((literal, is_rest, after)) = next_placeholder(pattern) else {
        return pattern == text;
    };
    let Some(text) = text.strip_prefix(literal) else {
        return false;
    };
    let kept = found.len();
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    for end in ends {
        let candidate = &text[..end];
        if !is_rest && candidate.contains(' ') {
            return false;
        }
        if !is_rest && candidate.is_empty() {
            continue;
        }
        found.push(candidate.to_owned());
        if matches(after, &text[end..], found) {
            return true;
        }
        found.truncate(kept);
    }
    false
}

/// What stands before the first placeholder, whether that is `{..}`, and what stands after it.
fn next_placeholder(pattern: &str) -> Option<(&str, bool, &str)> {
    const WORD: &str = "{}";
    const REST: &str = "{..}";
    let word = pattern.find(WORD).map(|at| (at, false, WORD.len()));
    let rest = pattern.find(REST).map(|at| (at, true, REST.len()));
    let (at, is_rest, length) = word.into_iter().chain(rest).min()?;
    Some((&pattern[..at], is_rest, &pattern[at + length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> Option<Vec<String>> {
        captures(pattern, text)
    }

    fn words(words: &[&str]) -> Option<Vec<String>> {
        Some(words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn without_placeholders_lines_are_equal_or_not() {
        assert_eq!(found("SUB foo 1", "SUB foo 1"), words(&[]));
        assert_eq!(found("SUB foo 1", "SUB foo 12"), None);
        assert_eq!(found("SUB foo 1", "SUB foo"), None);
    }

    #[test]
    fn a_placeholder_takes_one_word() {
        assert_eq!(found("SUB foo {}", "SUB foo 12"), words(&["12"]));
        assert_eq!(found("SUB foo {}", "SUB foo q 12"), None);
        assert_eq!(found("SUB {} {}", "SUB foo 12"), words(&["foo", "12"]));
        assert_eq!(found("SUB {}", "SUB "), None);
    }

    #[test]
    fn a_placeholder_takes_a_part_of_a_word() {
        assert_eq!(
            found("PUB a _INBOX.{}.{} 5", "PUB a _INBOX.x.y.z 5"),
            words(&["x", "y.z"])
        );
    }

    #[test]
    fn the_rest_may_be_anything() {
        assert_eq!(found("PUB a {..}", "PUB a b 5"), words(&["b 5"]));
        assert_eq!(found("{..}5", "PUB 5 5"), words(&["PUB 5 "]));
        assert_eq!(found("a{..}", "a"), words(&[""]));
    }
}
