//! Object stores: files of any size.
//!
//! An [object](crate::jetstream::object_store) is kept as chunks of 128 KiB and one message that describes it. The
//! description is written last, so an object is there when it is whole; a digest is checked while it is read, so what is
//! read to its end is what was put.
//!
//! | what | what you can rely on |
//! | --- | --- |
//! | [`put`](crate::jetstream::object_store::ObjectStore::put) is Ok | the server has all of it |
//! | `put` fails, or its future is dropped | the object before it is still there; chunks of the new one are taken away |
//! | two put the same name | each is whole; the one whose description came last stays |
//! | [`get`](crate::jetstream::object_store::ObjectStore::get) is read to its end | size, number of chunks and digest are right |
//! | the connection breaks while reading | it goes on by itself |
//! | the object is replaced while it is read | the reader gets an error, when the chunks that it still needs are gone |
//!
//! Memory: a put has at most 8 MiB on their way, and a get as much as the server sends ahead under its flow control. The
//! content is copied once on its way in, and not on its way out with
//! [`into_chunks`](crate::jetstream::object_store::Object::into_chunks).
//!
//! ```no_run
//! # async fn example(backups: async_nats::jetstream::object_store::ObjectStore) -> Result<(), async_nats::Error> {
//! let told = |bytes| println!("{} MiB", bytes >> 20);
//! backups.put_file("monday", "/var/backups/monday.tar", told).await?;
//! backups.get_file("monday", "/tmp/monday.tar", |bytes, of| println!("{bytes} of {of}")).await?;
//! # Ok(())
//! # }
//! ```
