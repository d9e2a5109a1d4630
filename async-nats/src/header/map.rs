//! [`HeaderMap`]: the headers of one message.

use std::collections::{hash_map, HashMap, HashSet};
use std::fmt;
use std::slice;
use std::sync::OnceLock;

use super::{HeaderName, HeaderValue, IntoHeaderName, IntoHeaderValue};

#[cfg(test)]
mod tests;

/// With up to this many lines, comparing all names with each other is faster than hashing them.
const FEW_LINES: usize = 16;

/// The headers of one message: names, each with one value or several.
///
/// Lines keep the order in which they were added, on the wire too. Looking a name up compares it with each line:
/// headers are few.
///
/// ```
/// use async_nats::HeaderMap;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("Content-Type", "text/plain");
/// headers.append("Accept", "text/plain");
/// headers.append("Accept", "text/html");
///
/// assert_eq!(headers.get("Content-Type").map(|value| value.as_str()), Some("text/plain"));
/// assert_eq!(headers.get_all("Accept").count(), 2);
/// assert!(headers.get("accept").is_none());
/// ```
#[derive(Default)]
pub struct HeaderMap {
    /// All lines, in order.
    pub(super) lines: Vec<(HeaderName, HeaderValue)>,
    /// The same by name, for as long as `lines` does not change: `iter` promises a map.
    // A pointer, which few messages need, instead of the six words of a map.
    #[allow(clippy::box_collection)]
    by_name: OnceLock<Box<HashMap<HeaderName, Vec<HeaderValue>>>>,
}

impl HeaderMap {
    /// An empty map. Allocates nothing.
    ///
    /// ```
    /// assert!(async_nats::HeaderMap::new().is_empty());
    /// ```
    pub fn new() -> Self {
        HeaderMap::default()
    }

    pub(super) fn from_lines(lines: Vec<(HeaderName, HeaderValue)>) -> Self {
        HeaderMap {
            lines,
            by_name: OnceLock::new(),
        }
    }

    /// Whether there are no headers.
    ///
    /// ```
    /// let mut headers = async_nats::HeaderMap::new();
    /// assert!(headers.is_empty());
    /// headers.insert("Key", "");
    /// assert!(!headers.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many different names there are.
    ///
    /// ```
    /// let mut headers = async_nats::HeaderMap::new();
    /// headers.append("Key", "one");
    /// headers.append("Key", "two");
    /// assert_eq!(headers.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        if self.lines.len() > FEW_LINES {
            return self.names().collect::<HashSet<_>>().len();
        }
        let is_new = |&(at, name): &(usize, &HeaderName)| !self.names().take(at).any(|n| n == name);
        self.names().enumerate().filter(is_new).count()
    }

    /// Sets the value of a name, in place of all values that it had.
    ///
    /// # Panics
    ///
    /// When a text is not a name or a value: see [`IntoHeaderName`] and [`IntoHeaderValue`].
    ///
    /// ```
    /// let mut headers = async_nats::HeaderMap::new();
    /// headers.insert("Key", "one");
    /// headers.insert("Key", "two");
    /// assert_eq!(headers.get_all("Key").count(), 1);
    /// ```
    pub fn insert<K: IntoHeaderName, V: IntoHeaderValue>(&mut self, name: K, value: V) {
        let name = name.into_header_name();
        let mut value = Some(value.into_header_value());
        self.by_name.take();
        self.lines.retain_mut(|(n, v)| {
            if *n != name {
                return true;
            }
            // The first line of this name gets the value; the others go.
            value.take().map(|value| *v = value).is_some()
        });
        if let Some(value) = value {
            self.lines.push((name, value));
        }
    }

    /// Adds a value to those that a name has.
    ///
    /// # Panics
    ///
    /// When a text is not a name or a value: see [`IntoHeaderName`] and [`IntoHeaderValue`].
    ///
    /// ```
    /// let mut headers = async_nats::HeaderMap::new();
    /// headers.append("Key", "one");
    /// headers.append("Key", "two");
    /// assert_eq!(headers.get_all("Key").count(), 2);
    /// ```
    pub fn append<K: IntoHeaderName, V: IntoHeaderValue>(&mut self, name: K, value: V) {
        let line = (name.into_header_name(), value.into_header_value());
        self.by_name.take();
        self.lines.push(line);
    }

    /// The first value of a name.
    ///
    /// # Panics
    ///
    /// When a text is not a name: see [`IntoHeaderName`].
    ///
    /// ```
    /// let mut headers = async_nats::HeaderMap::new();
    /// headers.append("Key", "one");
    /// headers.append("Key", "two");
    /// assert_eq!(headers.get("Key").map(|value| value.as_str()), Some("one"));
    /// ```
    pub fn get<K: IntoHeaderName>(&self, key: K) -> Option<&HeaderValue> {
        self.get_all(key).next()
    }

    /// The last value of a name.
    ///
    /// # Panics
    ///
    /// When a text is not a name: see [`IntoHeaderName`].
    ///
    /// ```
    /// let mut headers = async_nats::HeaderMap::new();
    /// headers.append("Key", "one");
    /// headers.append("Key", "two");
    /// assert_eq!(headers.get_last("Key").map(|value| value.as_str()), Some("two"));
    /// ```
    pub fn get_last<K: IntoHeaderName>(&self, key: K) -> Option<&HeaderValue> {
        let key = key.into_header_name();
        let mut from_the_end = self.lines.iter().rev();
        from_the_end.find_map(|(name, value)| (*name == key).then_some(value))
    }

    /// All values of a name, in order.
    ///
    /// # Panics
    ///
    /// When a text is not a name: see [`IntoHeaderName`].
    ///
    /// ```
    /// let mut headers = async_nats::HeaderMap::new();
    /// headers.append("Key", "one");
    /// headers.append("Key", "two");
    /// let values: Vec<_> = headers.get_all("Key").map(|value| value.as_str()).collect();
    /// assert_eq!(values, ["one", "two"]);
    /// ```
    pub fn get_all<K: IntoHeaderName>(&self, key: K) -> GetAll<'_, HeaderValue> {
        GetAll {
            lines: self.lines.iter(),
            name: key.into_header_name(),
        }
    }

    /// All names with their values, names in no order. The first call after a change builds a map of them.
    ///
    /// ```
    /// let mut headers = async_nats::HeaderMap::new();
    /// headers.insert("Key", "value");
    /// for (name, values) in headers.iter() {
    ///     println!("{name}: {values:?}");
    /// }
    /// ```
    pub fn iter(&self) -> hash_map::Iter<'_, HeaderName, Vec<HeaderValue>> {
        let build = || {
            let mut map: HashMap<HeaderName, Vec<HeaderValue>> = HashMap::new();
            for (name, value) in &self.lines {
                map.entry(name.clone()).or_default().push(value.clone());
            }
            Box::new(map)
        };
        self.by_name.get_or_init(build).iter()
    }

    fn names(&self) -> impl Iterator<Item = &HeaderName> {
        self.lines.iter().map(|(name, _)| name)
    }

    /// All names with their values, names in the order in which they come first.
    pub(super) fn grouped(&self) -> Vec<(&HeaderName, Vec<&HeaderValue>)> {
        let mut places = HashMap::with_capacity(self.lines.len());
        let mut groups: Vec<(&HeaderName, Vec<&HeaderValue>)> = Vec::new();
        for (name, value) in &self.lines {
            let place = *places.entry(name).or_insert(groups.len());
            match groups.get_mut(place) {
                Some((_, values)) => values.push(value),
                None => groups.push((name, vec![value])),
            }
        }
        groups
    }
}

/// Items by name, each name once, at its first place, with its last item: what inserting one by one would leave.
pub(super) fn last_of_each<T>(items: impl IntoIterator<Item = (HeaderName, T)>) -> Vec<(HeaderName, T)> {
    let mut places = HashMap::new();
    let mut kept: Vec<(HeaderName, T)> = Vec::new();
    for (name, item) in items {
        let place = *places.entry(name.clone()).or_insert(kept.len());
        match kept.get_mut(place) {
            Some((_, before)) => *before = item,
            None => kept.push((name, item)),
        }
    }
    kept
}

impl FromIterator<(HeaderName, HeaderValue)> for HeaderMap {
    /// A later value of a name takes the place of an earlier one, as with [`HeaderMap::insert`].
    fn from_iter<T: IntoIterator<Item = (HeaderName, HeaderValue)>>(iter: T) -> Self {
        HeaderMap::from_lines(last_of_each(iter))
    }
}

impl Clone for HeaderMap {
    fn clone(&self) -> Self {
        HeaderMap::from_lines(self.lines.clone())
    }
}

impl PartialEq for HeaderMap {
    /// The same names with the same values in the same order. The order of names does not matter.
    fn eq(&self, other: &Self) -> bool {
        fn by_name(map: &HeaderMap) -> HashMap<&HeaderName, Vec<&HeaderValue>> {
            map.grouped().into_iter().collect()
        }
        self.lines == other.lines || (self.lines.len() == other.lines.len() && by_name(self) == by_name(other))
    }
}

impl Eq for HeaderMap {}

impl fmt::Debug for HeaderMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.grouped()).finish()
    }
}

/// An iterator over the values of one name, from [`HeaderMap::get_all`].
pub struct GetAll<'a, T> {
    lines: slice::Iter<'a, (HeaderName, T)>,
    name: HeaderName,
}

impl<'a, T> Iterator for GetAll<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<Self::Item> {
        let wanted = &self.name;
        self.lines.find_map(|(name, value)| (name == wanted).then_some(value))
    }
}
