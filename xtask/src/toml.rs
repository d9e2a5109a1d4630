//! Reads the plain part of TOML that the manifests and `deny.toml` of this repository are written in: sections, and keys
//! with texts, words, lists and inline tables.

use std::collections::BTreeMap;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Toml {
    Text(String),
    /// A number, `true`, `false`.
    Word(String),
    List(Vec<Toml>),
    Table(BTreeMap<String, Toml>),
}

impl Toml {
    /// The text, when it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Toml::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items, when it is a list; else none.
    pub(crate) fn items(&self) -> &[Toml] {
        match self {
            Toml::List(items) => items,
            _ => &[],
        }
    }

    /// A field, when it is a table that has it.
    pub(crate) fn get(&self, name: &str) -> Option<&Toml> {
        match self {
            Toml::Table(fields) => fields.get(name),
            _ => None,
        }
    }
}

/// Reads a document: a table of sections, each a table of keys. Sections of the same name, and dotted keys, keep their
/// names as they are written.
pub(crate) fn parse(text: &str) -> Result<BTreeMap<String, BTreeMap<String, Toml>>, String> {
    let mut sections: BTreeMap<String, BTreeMap<String, Toml>> = BTreeMap::new();
    let mut section = String::new();
    let mut reader = Reader { text, at: 0 };
    loop {
        reader.skip();
        if reader.rest().is_empty() {
            return Ok(sections);
        }
        if reader.takes("[") {
            let brackets = reader.rest().starts_with('[');
            reader.at += usize::from(brackets);
            section = reader.until(']')?;
            reader.at += usize::from(brackets);
            continue;
        }
        let key = reader.until('=')?;
        let value = reader.value()?;
        let name = key.trim().trim_matches('"').to_owned();
        sections.entry(section.clone()).or_default().insert(name, value);
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn unexpected(&self) -> String {
        let line = 1 + self.text[..self.at].matches('\n').count();
        format!("line {line} is more of TOML than is read here")
    }

    /// Skips white space and comments.
    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let text = rest.trim_start();
            self.at += rest.len() - text.len();
            if !self.rest().starts_with('#') {
                return;
            }
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
    }

    fn takes(&mut self, token: &str) -> bool {
        self.skip();
        let there = self.rest().starts_with(token);
        self.at += if there { token.len() } else { 0 };
        there
    }

    /// What stands before `end`, on the same line.
    fn until(&mut self, end: char) -> Result<String, String> {
        let line = self.rest().lines().next().unwrap_or_default();
        let len = line.find(end).ok_or_else(|| self.unexpected())?;
        let text = line[..len].to_owned();
        self.at += len + end.len_utf8();
        Ok(text)
    }

    fn value(&mut self) -> Result<Toml, String> {
        if self.takes("\"") {
            return self.until('"').map(Toml::Text);
        }
        if self.takes("[") {
            let mut items = Vec::new();
            while !self.takes("]") {
                items.push(self.value()?);
                self.takes(",");
            }
            return Ok(Toml::List(items));
        }
        if self.takes("{") {
            let mut fields = BTreeMap::new();
            while !self.takes("}") {
                let key = self.until('=')?;
                fields.insert(key.trim().to_owned(), self.value()?);
                self.takes(",");
            }
            return Ok(Toml::Table(fields));
        }
        let rest = self.rest();
        let len = rest
            .find(|char: char| !(char.is_alphanumeric() || "+-._".contains(char)))
            .unwrap_or(rest.len());
        if len == 0 {
            return Err(self.unexpected());
        }
        let word = rest[..len].to_owned();
        self.at += len;
        Ok(Toml::Word(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_keys_lists_and_tables_are_read() {
        let text =
            "# a comment\n[a.b]\nc = \"d # e\" # f\ng = [\n  \"h\", # i\n  { j = \"k\", l = [\"m\"] },\n]\nn = true\n\
                    [o]\np.q = 1.5\n";
        let document = parse(text).expect("it is read");
        let section = &document["a.b"];
        assert_eq!(section["c"].text(), Some("d # e"));
        let items = section["g"].items();
        assert_eq!(items[0].text(), Some("h"));
        assert_eq!(items[1].get("j").and_then(Toml::text), Some("k"));
        assert_eq!(items[1].get("l").expect("it is there").items().len(), 1);
        assert_eq!(section["n"], Toml::Word("true".to_owned()));
        assert_eq!(document["o"]["p.q"], Toml::Word("1.5".to_owned()));
    }

    #[test]
    fn what_is_not_understood_is_named_by_its_line() {
        assert_eq!(
            parse("[a]\nb = \"c\"\nd ~ 1\n"),
            Err("line 3 is more of TOML than is read here".to_owned())
        );
        assert!(parse("a = \"b").is_err());
        assert!(parse("a = ").is_err());
        assert!(parse("a = [1").is_err());
    }
}
