//! What is measured: one line of the table each.

use bench_common::Settings;

/// Which server a row runs against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Null,
    NullTls,
    Real,
}

/// Who takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sides {
    /// Both clients, and the same bytes over a blocking socket.
    All,
    /// Both clients.
    Clients,
    /// Ours alone, to see how cost grows.
    Ours,
}

/// What the figure of a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Operations a second.
    Rate,
    /// Operations a second, each of them a mebibyte.
    Mebibytes,
    /// The time of one operation.
    Time,
    /// Bytes that one operation leaves behind.
    Bytes,
}

/// A line of the table.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) settings: Settings,
    pub(crate) peer: Peer,
    pub(crate) sides: Sides,
    pub(crate) unit: Unit,
}

impl Row {
    fn new(name: impl Into<String>, settings: Settings, sides: Sides) -> Self {
        Self {
            name: name.into(),
            settings,
            peer: Peer::Null,
            sides,
            unit: Unit::Rate,
        }
    }

    fn on(mut self, peer: Peer) -> Self {
        if peer == Peer::NullTls {
            self.name.insert_str(0, "TLS: ");
        }
        self.peer = peer;
        self
    }

    fn in_unit(mut self, unit: Unit) -> Self {
        self.unit = unit;
        self
    }
}

/// Every row, in the order of the table.
pub(crate) fn all() -> Vec<Row> {
    [
        publishing(),
        receiving(),
        requesting(),
        storing(),
        consuming(),
        buckets(),
        memory(),
        tls(),
        growth(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn publish(size: usize) -> Row {
    Row::new(
        format!("publish {}", bytes(size)),
        Settings::new("publish").with("size", size),
        Sides::All,
    )
}

fn receive(size: usize) -> Row {
    Row::new(
        format!("receive {}", bytes(size)),
        Settings::new("receive").with("size", size),
        Sides::All,
    )
}

fn publishing() -> Vec<Row> {
    let small = Settings::new("publish").with("size", 16);
    let headers = Settings::new("publish").with("size", 128).with("headers", 1);
    vec![
        publish(16),
        publish(128),
        publish(1 << 10),
        publish(16 << 10),
        Row::new("publish 16 B, 8 tasks", small.clone().with("tasks", 8), Sides::Clients),
        Row::new("publish 128 B, 2 headers", headers, Sides::All),
        Row::new("publish 16 B, real server", small, Sides::All).on(Peer::Real),
    ]
}

fn receiving() -> Vec<Row> {
    let small = Settings::new("receive").with("size", 16);
    let headers = Settings::new("receive").with("size", 128).with("headers", 1);
    vec![
        receive(16),
        receive(128),
        receive(1 << 10),
        receive(16 << 10),
        receive(1 << 20),
        Row::new(
            "receive 16 B, 100 subscriptions in turn",
            small.clone().with("subjects", 100),
            Sides::All,
        ),
        Row::new("receive 128 B, 2 headers", headers, Sides::All),
        Row::new(
            "receive 16 B, faster than it is handled",
            small.with("paced", 0),
            Sides::Clients,
        ),
    ]
}

fn requesting() -> Vec<Row> {
    let request = Settings::new("request").with("size", 16);
    vec![
        Row::new(
            "requests, 100 in flight",
            request.clone().with("tasks", 100),
            Sides::Clients,
        ),
        Row::new("request, one at a time", request, Sides::All).in_unit(Unit::Time),
        Row::new("connect", Settings::new("connect"), Sides::All).in_unit(Unit::Time),
    ]
}

fn storing() -> Vec<Row> {
    let store = Settings::new("store").with("size", 16).with("tasks", 1000);
    let name = "JetStream publish 16 B, 1000 in flight";
    let real = store.clone().with("create", 1);
    vec![
        Row::new(name, store, Sides::Clients),
        Row::new(format!("{name}, real server"), real, Sides::Clients).on(Peer::Real),
    ]
}

fn consuming() -> Vec<Row> {
    let by = |how: &str| Settings::new("consume").with("how", how);
    let pull = "pull 16 B, batches of 500";
    vec![
        Row::new(format!("{pull}, no ack"), by("pull"), Sides::Clients),
        Row::new(format!("{pull}, acks"), by("pull").with("ack", 1), Sides::Clients),
        Row::new("fetch 16 B, batches of 500", by("fetch"), Sides::Clients),
        Row::new("ordered push 16 B", by("ordered"), Sides::Clients),
    ]
}

fn buckets() -> Vec<Row> {
    let get = Settings::new("bucket").with("size", 16);
    let put = get.clone().with("put", 1);
    let object = Settings::new("object").with("size", 64 << 20);
    let many = |settings: &Settings| settings.clone().with("tasks", 64);
    let real = |name: &str, settings| {
        Row::new(name, settings, Sides::Clients)
            .on(Peer::Real)
            .in_unit(Unit::Mebibytes)
    };
    vec![
        Row::new("KV put, 64 in flight", many(&put), Sides::Clients),
        Row::new("KV get, 64 in flight", many(&get), Sides::Clients),
        Row::new("KV get, one at a time", get, Sides::All).in_unit(Unit::Time),
        real("object put 64 MiB, real server", object.clone().with("put", 1)),
        real("object get 64 MiB, real server", object),
    ]
}

fn memory() -> Vec<Row> {
    let of = |name: &str, what: &str, count: usize| {
        let settings = Settings::new("memory").with("of", what).with("count", count);
        Row::new(format!("memory: {name}"), settings, Sides::Clients).in_unit(Unit::Bytes)
    };
    let kept = |size: usize| {
        let mut row = of(&format!("held by a kept message of {}", bytes(size)), "message", 10_000);
        row.settings = row.settings.with("size", size);
        row
    };
    vec![
        of("a connection", "connection", 200),
        of("an idle subscription", "subscription", 10_000),
        kept(128),
        kept(1 << 10),
        of("kept for a request that got no reply", "request", 10_000),
    ]
}

fn tls() -> Vec<Row> {
    let sizes = [16, 1 << 10, 16 << 10];
    let publishing = sizes.map(|size| publish(size).on(Peer::NullTls));
    let receiving = sizes.map(|size| receive(size).on(Peer::NullTls));
    let connect = Row::new("connect", Settings::new("connect"), Sides::Clients)
        .in_unit(Unit::Time)
        .on(Peer::NullTls);
    publishing.into_iter().chain(receiving).chain([connect]).collect()
}

fn growth() -> Vec<Row> {
    let over = |subjects: usize| {
        let settings = Settings::new("receive").with("size", 16).with("subjects", subjects);
        Row::new(
            format!("growth: receive 16 B, {subjects} subscriptions in turn"),
            settings,
            Sides::Ours,
        )
    };
    [10, 1000, 10_000, 100_000].map(over).into()
}

/// A size for people.
fn bytes(size: usize) -> String {
    match size {
        size if size >= 1 << 20 && size % (1 << 20) == 0 => format!("{} MiB", size >> 20),
        size if size >= 1 << 10 && size % (1 << 10) == 0 => format!("{} KiB", size >> 10),
        size => format!("{size} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_name_of_its_own() {
        let rows = all();
        for (at, row) in rows.iter().enumerate() {
            assert!(
                rows[..at].iter().all(|earlier| earlier.name != row.name),
                "{} is there twice",
                row.name
            );
        }
    }

    #[test]
    fn sizes_are_written_in_the_largest_unit_that_fits() {
        assert_eq!(
            [16, 1000, 1024, 16 << 10, 1 << 20].map(bytes),
            ["16 B", "1000 B", "1 KiB", "16 KiB", "1 MiB"]
        );
    }
}
