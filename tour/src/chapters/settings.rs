//! A key-value bucket, watched live.

use std::collections::BTreeMap;

use async_nats::jetstream::kv::{Change, Config, Operation, UpdateErrorKind, WatchOptions, Watcher};
use async_nats::jetstream::stream::StorageType;
use futures_util::StreamExt;

use crate::guide::{within, Failure, Outcome};
use crate::Tour;

pub(super) async fn run(tour: &mut Tour) -> Outcome {
    let Some(jetstream) = tour.place.jetstream("settings").await? else {
        return tour.guide.lacks_jetstream();
    };
    let bucket = tour.place.name("settings");
    let settings = jetstream
        .create_key_value(Config {
            bucket: bucket.clone(),
            history: 5,
            storage: StorageType::Memory,
            ..Default::default()
        })
        .await?;
    settings.put("colour", "blue".into()).await?;
    settings.put("size", "12".into()).await?;
    tour.guide
        .says("A bucket with two settings, and somebody who watches it.");

    let mut watcher = settings.watch_with_options([">"], WatchOptions::new()).await?;
    let mut seen = BTreeMap::new();
    while let Change::Entry(entry) = change(&mut watcher).await? {
        seen.insert(entry.key, entry.value);
    }
    tour.guide.counted(
        seen.len(),
        2,
        "settings were told to the watcher, and that there are no more",
    )?;

    let revision = settings.put("colour", "green".into()).await?;
    let Change::Entry(entry) = change(&mut watcher).await? else {
        return Err(Failure::new("the watcher was told something else"));
    };
    tour.guide.check(
        entry.value == "green" && entry.revision == revision,
        "the colour changes to green, and the watcher sees it at once",
    )?;
    settings.update("colour", "red".into(), revision).await?;
    let late = settings.update("colour", "grey".into(), revision).await;
    tour.guide.check(
        late.is_err_and(|error| error.kind() == UpdateErrorKind::WrongLastRevision),
        "of two who change what they read, the second one is told that it was too late",
    )?;
    settings.delete("size").await?;
    change(&mut watcher).await?;
    let gone = change(&mut watcher).await?;
    tour.guide.check(
        matches!(gone, Change::Entry(entry) if entry.operation == Operation::Delete),
        "that the size is deleted is told too",
    )?;

    let mut history = settings.history("colour").await?;
    let mut colours = Vec::new();
    while let Some(entry) = within("the history", history.next()).await? {
        colours.push(String::from_utf8_lossy(&entry?.value).into_owned());
    }
    tour.guide.check(
        colours == ["blue", "green", "red"],
        format!("the colour was {}", colours.join(", then ")),
    )?;
    jetstream.delete_key_value(bucket).await?;
    Ok(())
}

async fn change(watcher: &mut Watcher) -> Result<Change, Failure> {
    let change = within("a change", watcher.next()).await?;
    Ok(change.ok_or_else(|| Failure::new("the watcher ended"))??)
}
