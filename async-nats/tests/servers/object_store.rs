//! Object stores of a real server: objects of all sizes, checked as they are read; links, listings, what is refused.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use async_nats::jetstream::context::{CreateKeyValueErrorKind, ObjectStoreErrorKind};
use async_nats::jetstream::object_store::{
    AddLinkErrorKind, Config, DeleteErrorKind, GetErrorKind, InfoErrorKind, ObjectInfo, ObjectMetadata, ObjectStore,
    PutErrorKind, UpdateMetadata, UpdateMetadataErrorKind,
};
use async_nats::jetstream::Context;
use async_nats::HeaderMap;
use futures_util::{StreamExt, TryStreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

use crate::jetstream_support::jetstream;
use crate::support::{until_async, within};

const CHUNK: usize = 128 * 1024;

async fn make(context: &Context, bucket: &str) -> ObjectStore {
    let config = Config {
        bucket: bucket.to_owned(),
        ..Default::default()
    };
    context.create_object_store(config).await.expect("a good store")
}

/// Bytes that repeat nowhere near a chunk's size.
fn content(len: usize) -> Vec<u8> {
    (0..len as u64)
        .map(|place| (place.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8)
        .collect()
}

async fn read(store: &ObjectStore, name: &str) -> Vec<u8> {
    let mut object = store.get(name).await.expect("it is there");
    let mut bytes = Vec::new();
    within("the end", object.read_to_end(&mut bytes))
        .await
        .expect("whole and right");
    bytes
}

async fn put(store: &ObjectStore, name: &str, content: &[u8]) -> ObjectInfo {
    store.put(name, &mut &content[..]).await.expect("the server takes it")
}

async fn messages(store: &ObjectStore) -> u64 {
    store.status().await.expect("it is there").info.state.messages
}

#[tokio::test]
async fn objects_of_all_sizes_come_back() {
    let (_server, context) = jetstream().await;
    let store = make(&context, "b").await;
    for len in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 20 * CHUNK + 7] {
        let content = content(len);
        let info = put(&store, "any name: *.> \"ä\"", &content).await;
        assert_eq!(
            (info.size, info.chunks),
            (len, len.div_ceil(CHUNK)),
            "chunks are filled"
        );
        assert_eq!(store.info("any name: *.> \"ä\"").await.expect("it is there"), info);
        assert!(read(&store, "any name: *.> \"ä\"").await == content, "{len}");
        assert_eq!(
            messages(&store).await,
            info.chunks as u64 + 1,
            "the chunks before are gone"
        );
    }
}

#[tokio::test]
async fn an_object_has_what_it_was_put_with() {
    let (_server, context) = jetstream().await;
    let store = make(&context, "b").await;
    let mut headers = HeaderMap::new();
    headers.insert("Kind", "cat");
    let metadata = ObjectMetadata {
        name: "cat".to_owned(),
        description: Some("a cat".to_owned()),
        chunk_size: Some(10),
        metadata: HashMap::from([("colour".to_owned(), "black".to_owned())]),
        headers: Some(headers),
    };
    let info = store
        .put(metadata.clone(), &mut &content(25)[..])
        .await
        .expect("good metadata");
    assert_eq!((info.chunks, info.description.as_deref()), (3, Some("a cat")));
    assert_eq!((&info.metadata, &info.headers), (&metadata.metadata, &metadata.headers));
    let read = store.info("cat").await.expect("it is there");
    assert_eq!(read, info);
    assert!(read.modified.is_some() && !read.nuid.is_empty() && read.bucket == "b");
    let metadata = ObjectMetadata::from(read);
    assert_eq!(metadata.name, "cat");
}

#[tokio::test]
async fn chunks_come_without_being_read_twice() {
    let (_server, context) = jetstream().await;
    let store = make(&context, "b").await;
    let content = content(3 * CHUNK + 5);
    put(&store, "a", &content).await;
    let chunks: Vec<_> = within(
        "the end",
        store.get("a").await.expect("it is there").into_chunks().try_collect(),
    )
    .await
    .expect("whole and right");
    assert_eq!(chunks.len(), 4);
    assert!(chunks.concat() == content);
    let mut object = store.get("a").await.expect("it is there");
    let mut first = [0; 10];
    object.read_exact(&mut first).await.expect("it has more");
    let rest: Vec<_> = object.into_chunks().try_collect().await.expect("whole and right");
    assert!([&first[..], &rest.concat()].concat() == content);
    for offset in [0, 1, CHUNK as u64, 3 * CHUNK as u64 + 4, content.len() as u64] {
        let mut rest = Vec::new();
        let mut object = store.get_from("a", offset).await.expect("it has as many");
        object.read_to_end(&mut rest).await.expect("whole and right");
        assert!(rest == content[offset as usize..], "{offset}");
    }
    let error = store
        .get_from("a", content.len() as u64 + 1)
        .await
        .expect_err("beyond the end");
    assert_eq!(error.kind(), GetErrorKind::Other);
}

/// I10: anything but the right content is an error from the reader.
#[tokio::test]
async fn content_that_is_not_what_was_put_is_an_error() {
    let (_server, context) = jetstream().await;
    let store = make(&context, "b").await;
    let content = content(2 * CHUNK);
    for spoil in ["digest", "no digest", "size", "chunks", "a chunk is gone"] {
        let info = put(&store, "a", &content).await;
        let mut told = serde_json::to_value(&info).expect("plain data");
        match spoil {
            "digest" => told["digest"] = "SHA-256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=".into(),
            "no digest" => told["digest"] = serde_json::Value::Null,
            "size" => told["size"] = (content.len() + 1).into(),
            "chunks" => told["chunks"] = 1.into(),
            _ => {
                let stream = context.get_stream("OBJ_b").await.expect("it is there");
                let first = stream.cached_info().state.first_sequence;
                assert!(stream.delete_message(first).await.expect("it is there"));
            }
        }
        let body = serde_json::to_vec(&told).expect("plain data");
        let subject = "$O.b.M.YQ==";
        context
            .publish(subject, body.into())
            .await
            .expect("open")
            .await
            .expect("stored");
        let mut bytes = Vec::new();
        let mut object = store.get("a").await.expect("it is there");
        let error = within("the error", object.read_to_end(&mut bytes))
            .await
            .expect_err(spoil);
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{spoil}: {error}");
    }
}

#[tokio::test]
async fn deleted_objects_are_not_read_and_leave_nothing() {
    let (_server, context) = jetstream().await;
    let store = make(&context, "b").await;
    put(&store, "a", &content(2 * CHUNK)).await;
    store.delete("a").await.expect("it is there");
    assert!(store.info("a").await.expect("what says so").deleted);
    assert_eq!(
        store.get("a").await.expect_err("it is gone").kind(),
        GetErrorKind::NotFound
    );
    assert_eq!(messages(&store).await, 1, "what says so");
    let listed: Vec<ObjectInfo> = store
        .list()
        .await
        .expect("it is there")
        .try_collect()
        .await
        .expect("no error");
    assert!(listed.is_empty());
    put(&store, "a", b"again").await;
    assert_eq!(read(&store, "a").await, b"again");
    for (name, kind) in [("", DeleteErrorKind::InvalidName), ("other", DeleteErrorKind::NotFound)] {
        assert_eq!(store.delete(name).await.expect_err(name).kind(), kind);
    }
    for (name, kind) in [("", InfoErrorKind::InvalidName), ("other", InfoErrorKind::NotFound)] {
        assert_eq!(store.info(name).await.expect_err(name).kind(), kind);
    }
    assert_eq!(
        store.put("", &mut &b""[..]).await.expect_err("no name").kind(),
        PutErrorKind::InvalidName
    );
}

#[tokio::test]
async fn lists_and_watches() {
    let (_server, context) = jetstream().await;
    let store = make(&context, "b").await;
    let listed: Vec<ObjectInfo> = within("the end", store.list().await.expect("it is there").try_collect())
        .await
        .expect("no error");
    assert!(listed.is_empty(), "an empty store has an empty list");
    put(&store, "a", b"1").await;
    let mut new = store.watch().await.expect("it is there");
    let mut all = store.watch_with_history().await.expect("it is there");
    put(&store, "b", b"2").await;
    store.delete("a").await.expect("it is there");
    let next = |info: Option<Result<ObjectInfo, _>>| {
        let info = info
            .expect("it goes on")
            .map_err(|error: async_nats::jetstream::object_store::WatcherError| error);
        let info = info.expect("no error");
        (info.name, info.deleted)
    };
    for expected in [("a", false), ("b", false), ("a", true)] {
        let (name, deleted) = next(within("an object", all.next()).await);
        assert_eq!((&*name, deleted), expected);
    }
    for expected in [("b", false), ("a", true)] {
        let (name, deleted) = next(within("an object", new.next()).await);
        assert_eq!((&*name, deleted), expected);
    }
    let listed: Vec<ObjectInfo> = store
        .list()
        .await
        .expect("it is there")
        .try_collect()
        .await
        .expect("no error");
    assert_eq!(listed.iter().map(|info| &*info.name).collect::<Vec<_>>(), ["b"]);
}

#[tokio::test]
async fn links_lead_to_objects_here_and_elsewhere() {
    let (_server, context) = jetstream().await;
    let (here, there) = (make(&context, "here").await, make(&context, "there").await);
    let near = put(&here, "near", b"near").await;
    let far = put(&there, "far", b"far").await;
    here.add_link("to near", &near).await.expect("a good link");
    let link = here.add_link("to far", &far).await.expect("a good link");
    assert_eq!(read(&here, "to near").await, b"near");
    assert_eq!(read(&here, "to far").await, b"far");
    let bucket = here.add_bucket_link("to there", "there").await.expect("a good link");
    assert_eq!(
        here.get("to there").await.expect_err("a whole store").kind(),
        GetErrorKind::BucketLink
    );
    let refused = |error: async_nats::jetstream::object_store::AddLinkError| error.kind();
    assert_eq!(
        refused(here.add_link("l", &link).await.expect_err("a link")),
        AddLinkErrorKind::LinkToLink
    );
    assert_eq!(
        refused(here.add_link("l", &bucket).await.expect_err("a link")),
        AddLinkErrorKind::LinkToLink
    );
    assert_eq!(
        refused(here.add_link("", &near).await.expect_err("no name")),
        AddLinkErrorKind::EmptyName
    );
    assert_eq!(
        refused(here.add_link("near", &far).await.expect_err("an object")),
        AddLinkErrorKind::AlreadyExists
    );
    assert_eq!(
        refused(here.add_bucket_link("near", "x").await.expect_err("one")),
        AddLinkErrorKind::AlreadyExists
    );
    here.add_link("to far", &near).await.expect("a link is replaced");
    assert_eq!(read(&here, "to far").await, b"near");
    here.delete("to far").await.expect("a link");
    assert_eq!(read(&here, "near").await, b"near", "what it led to stays");
    here.delete("near").await.expect("it is there");
    let deleted = here.info("near").await.expect("what says so");
    assert_eq!(
        refused(here.add_link("l", &deleted).await.expect_err("deleted")),
        AddLinkErrorKind::Deleted
    );
    assert_eq!(
        here.get("to near").await.expect_err("it is gone").kind(),
        GetErrorKind::NotFound
    );
}

#[tokio::test]
async fn links_in_a_circle_end_with_an_error() {
    let (_server, context) = jetstream().await;
    let store = make(&context, "b").await;
    for (name, token, target) in [("a", "YQ==", "c"), ("c", "Yw==", "a")] {
        let body =
            serde_json::json!({"name": name, "bucket": "b", "options": {"link": {"bucket": "b", "name": target}}});
        let body = serde_json::to_vec(&body).expect("plain data");
        context
            .publish(format!("$O.b.M.{token}"), body.into())
            .await
            .expect("open")
            .await
            .expect("stored");
    }
    let error = within("an error", store.get("a")).await.expect_err("no object");
    assert_eq!(error.kind(), GetErrorKind::Other);
}

#[tokio::test]
async fn metadata_changes_and_names_too() {
    let (_server, context) = jetstream().await;
    let store = make(&context, "b").await;
    put(&store, "a", b"content").await;
    put(&store, "taken", b"").await;
    let update = |name: &str| UpdateMetadata {
        name: name.to_owned(),
        description: Some("changed".to_owned()),
        metadata: HashMap::from([("k".to_owned(), "v".to_owned())]),
        headers: None,
    };
    store.update_metadata("a", update("a")).await.expect("it is there");
    let info = store.info("a").await.expect("it is there");
    assert_eq!((info.description.as_deref(), info.metadata.len()), (Some("changed"), 1));
    store
        .update_metadata("a", update("new name"))
        .await
        .expect("a free name");
    assert_eq!(read(&store, "new name").await, b"content");
    assert_eq!(
        store.info("a").await.expect_err("renamed").kind(),
        InfoErrorKind::NotFound
    );
    for (from, to, kind) in [
        ("new name", "taken", UpdateMetadataErrorKind::NameAlreadyInUse),
        ("new name", "", UpdateMetadataErrorKind::InvalidName),
        ("other", "x", UpdateMetadataErrorKind::NotFound),
    ] {
        assert_eq!(
            store.update_metadata(from, update(to)).await.expect_err(to).kind(),
            kind
        );
    }
    store.delete("taken").await.expect("it is there");
    store
        .update_metadata("new name", update("taken"))
        .await
        .expect("it is free now");
}

#[tokio::test]
async fn a_sealed_store_takes_nothing_and_is_read() {
    let (_server, context) = jetstream().await;
    let mut store = make(&context, "b").await;
    put(&store, "a", b"content").await;
    store.seal().await.expect("it is there");
    assert!(store.status().await.expect("it is there").is_sealed());
    let error = store.put("b", &mut &b"x"[..]).await.expect_err("sealed");
    assert_eq!(error.kind(), PutErrorKind::PublishChunks);
    assert!(error.to_string().contains("sealed"), "{error}");
    store.delete("a").await.expect_err("sealed");
    assert_eq!(read(&store, "a").await, b"content");
}

#[tokio::test]
async fn stores_are_listed_and_deleted_and_bad_names_refused() {
    let (_server, context) = jetstream().await;
    for bucket in ["a", "b"] {
        make(&context, bucket).await;
    }
    let mut names: Vec<String> = context.object_store_names().try_collect().await.expect("a list");
    names.sort();
    assert_eq!(names, ["a", "b"]);
    context.delete_object_store("a").await.expect("it is there");
    let error = context.get_object_store("a").await.expect_err("it is gone");
    assert_eq!(error.kind(), ObjectStoreErrorKind::GetStore);
    for name in ["", "a.b", "a b", ">"] {
        let config = Config {
            bucket: name.to_owned(),
            ..Default::default()
        };
        let error = context.create_object_store(config).await.expect_err(name);
        assert_eq!(error.kind(), CreateKeyValueErrorKind::InvalidStoreName);
        let error = context.get_object_store(name).await.expect_err(name);
        assert_eq!(error.kind(), ObjectStoreErrorKind::InvalidBucketName);
        let error = context.delete_object_store(name).await.expect_err(name);
        assert_eq!(error.kind(), ObjectStoreErrorKind::InvalidBucketName);
    }
}

/// A folder of a test's own, gone when it is dropped.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("nats-object-files-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the temporary folder can be written to");
        Folder(path)
    }

    fn path(&self) -> &std::path::Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Gives some bytes, and then fails, or never gives more.
struct Broken {
    good: usize,
    fails: bool,
}

impl AsyncRead for Broken {
    fn poll_read(mut self: Pin<&mut Self>, _cx: &mut TaskContext<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.good == 0 {
            return match self.fails {
                true => Poll::Ready(Err(io::Error::other("the disk is gone"))),
                false => Poll::Pending,
            };
        }
        let len = self.good.min(buf.remaining());
        buf.put_slice(&vec![b'x'; len]);
        self.good -= len;
        Poll::Ready(Ok(()))
    }
}

/// An aborted put leaves nothing, and the object that was there stays.
#[tokio::test]
async fn a_put_that_fails_or_is_dropped_leaves_nothing() {
    let (_server, context) = jetstream().await;
    let store = make(&context, "b").await;
    put(&store, "a", b"before").await;
    let mut fails = Broken {
        good: 20 * CHUNK,
        fails: true,
    };
    let error = store.put("a", &mut fails).await.expect_err("the reader failed");
    assert_eq!(error.kind(), PutErrorKind::ReadChunks);
    assert!(error.to_string().contains("the disk is gone"), "{error}");
    until_async("its chunks are gone", || async { messages(&store).await == 2 }).await;

    let mut hangs = Broken {
        good: 20 * CHUNK,
        fails: false,
    };
    let mut told = Vec::new();
    let put = store.put_with_progress("a", &mut hangs, |bytes| told.push(bytes));
    tokio::select! {
        biased;
        _ = put => panic!("it has no end"),
        () = until_async("chunks are there", || async { messages(&store).await > 10 }) => {}
    }
    until_async("its chunks are gone", || async { messages(&store).await == 2 }).await;
    let told = told.last().copied().unwrap_or_default();
    assert!(told > 8 * CHUNK as u64 && told <= 20 * CHUNK as u64, "{told}");
    assert_eq!(read(&store, "a").await, b"before");
}

#[tokio::test]
async fn files_are_put_and_got_with_progress() {
    let (_server, context) = jetstream().await;
    let store = make(&context, "b").await;
    let content = content(2 * CHUNK + 1);
    let folder = Folder::new();
    let (from, to) = (folder.path().join("from"), folder.path().join("to"));
    tokio::fs::write(&from, &content).await.expect("a file");
    let mut told = Vec::new();
    store
        .put_file("f", &from, |bytes| told.push(bytes))
        .await
        .expect("a file");
    assert_eq!(told, [CHUNK as u64, 2 * CHUNK as u64, content.len() as u64]);
    let mut told = Vec::new();
    store
        .get_file("f", &to, |bytes, of| told.push((bytes, of)))
        .await
        .expect("an object");
    assert_eq!(told.last(), Some(&(content.len() as u64, content.len() as u64)));
    assert!(tokio::fs::read(&to).await.expect("a file") == content);
    let error = store
        .put_file("f", folder.path().join("none"), |_| {})
        .await
        .expect_err("no file");
    assert!(error.to_string().contains("none"), "{error}");

    // What is wrong does not come in the place of what is right.
    let stream = context.get_stream("OBJ_b").await.expect("it is there");
    let first = stream.cached_info().state.first_sequence;
    stream.delete_message(first).await.expect("it is there");
    store.get_file("f", &to, |_, _| {}).await.expect_err("a chunk is gone");
    assert!(tokio::fs::read(&to).await.expect("the file before") == content);
    let left = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(left, 2, "nothing else is left");
}

#[tokio::test]
async fn an_object_of_another_store_configuration_is_compressed_and_comes_back() {
    let (_server, context) = jetstream().await;
    let config = Config {
        bucket: "z".to_owned(),
        compression: true,
        description: Some("compressed".to_owned()),
        ..Default::default()
    };
    let store = context.create_object_store(config).await.expect("a good store");
    let info = store.status().await.expect("it is there").info;
    assert_eq!(
        info.config.compression,
        Some(async_nats::jetstream::stream::Compression::S2)
    );
    assert_eq!(info.config.description.as_deref(), Some("compressed"));
    put(&store, "a", &content(CHUNK * 3)).await;
    assert!(read(&store, "a").await == content(CHUNK * 3));
}
