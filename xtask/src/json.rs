//! Reads JSON, which is what cargo tells of packages in.
//!
//! A value that is not what was asked for is `None`, so that a chain of questions ends where the text is another than
//! expected. Only as much as that needs: numbers are kept as text.

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads a whole text.
    pub(crate) fn parse(text: &str) -> Result<Json, String> {
        let mut reader = Reader { text, at: 0 };
        let value = reader.value()?;
        reader.skip_space();
        match reader.rest() {
            "" => Ok(value),
            _ => Err(reader.unexpected()),
        }
    }

    /// A field of an object.
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        let Json::Object(fields) = self else { return None };
        fields
            .iter()
            .find_map(|(field, value)| (field == name).then_some(value))
    }

    /// The text, when it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items, when it is a list; else none.
    pub(crate) fn items(&self) -> &[Json] {
        match self {
            Json::List(items) => items,
            _ => &[],
        }
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
        let rest: String = self.rest().chars().take(20).collect();
        format!("JSON goes on unexpectedly at byte {}: {rest:?}", self.at)
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Takes `token` if it comes next.
    fn takes(&mut self, token: &str) -> bool {
        self.skip_space();
        let there = self.rest().starts_with(token);
        self.at += if there { token.len() } else { 0 };
        there
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        match self.takes(token) {
            true => Ok(()),
            false => Err(self.unexpected()),
        }
    }

    fn value(&mut self) -> Result<Json, String> {
        self.skip_space();
        match self.rest().bytes().next() {
            Some(b'{') => self.object(),
            Some(b'[') => self.list(),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => Ok(self.number()),
            _ if self.takes("null") => Ok(Json::Null),
            _ if self.takes("true") => Ok(Json::Bool(true)),
            _ if self.takes("false") => Ok(Json::Bool(false)),
            _ => Err(self.unexpected()),
        }
    }

    fn object(&mut self) -> Result<Json, String> {
        let mut fields = Vec::new();
        self.expect("{")?;
        while !self.takes("}") {
            if !fields.is_empty() {
                self.expect(",")?;
            }
            self.skip_space();
            let name = self.string()?;
            self.expect(":")?;
            fields.push((name, self.value()?));
        }
        Ok(Json::Object(fields))
    }

    fn list(&mut self) -> Result<Json, String> {
        let mut items = Vec::new();
        self.expect("[")?;
        while !self.takes("]") {
            if !items.is_empty() {
                self.expect(",")?;
            }
            items.push(self.value()?);
        }
        Ok(Json::List(items))
    }

    fn number(&mut self) -> Json {
        let rest = self.rest();
        let len = rest
            .find(|char: char| !(char.is_ascii_digit() || "+-.eE".contains(char)))
            .unwrap_or(rest.len());
        let number = rest[..len].to_owned();
        self.at += len;
        Json::Number(number)
    }

    fn string(&mut self) -> Result<String, String> {
        self.expect("\"")?;
        let mut string = String::new();
        loop {
            let Some(len) = self.rest().find(['"', '\\']) else {
                return Err(self.unexpected());
            };
            string.push_str(&self.rest()[..len]);
            self.at += len;
            if self.takes("\"") {
                return Ok(string);
            }
            self.at += 1;
            string.push(self.escaped()?);
        }
    }

    /// What follows a backslash.
    fn escaped(&mut self) -> Result<char, String> {
        let Some(letter) = self.rest().chars().next() else {
            return Err(self.unexpected());
        };
        self.at += letter.len_utf8();
        Ok(match letter {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => {
                let digits = self.rest().get(..4).ok_or_else(|| self.unexpected())?;
                let code = u32::from_str_radix(digits, 16).map_err(|_| self.unexpected())?;
                self.at += 4;
                // Halves of a pair stand in descriptions only, which nobody looks at.
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            other => other,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_writes_is_read() {
        let text = r#" {"a":[1, -2.5e3, null,true ,false],"b\n\"":{"c":"d\u00e9\\"},"e":[],"f":{}} "#;
        let json = Json::parse(text).expect("it is JSON");
        assert_eq!(
            json.get("a").expect("it is there").items()[1],
            Json::Number("-2.5e3".to_owned())
        );
        let inner = json.get("b\n\"").and_then(|inner| inner.get("c"));
        assert_eq!(inner.and_then(Json::text), Some("dé\\"));
        assert_eq!(json.get("e").expect("it is there").items(), []);
        assert_eq!(json.get("nothing"), None);
        assert_eq!(Json::Null.get("a"), None);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["", "{", "[1 2]", "{\"a\"}", "\"a", "\"\\u12", "1 2", "nul", "{,}"] {
            assert!(Json::parse(text).is_err(), "{text}");
        }
    }
}
