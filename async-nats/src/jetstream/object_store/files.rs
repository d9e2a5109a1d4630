//! Files: put from, and got into, the file system, with progress.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use futures_core::Stream as _;
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use super::chunks::Chunks;
use super::description::{ObjectInfo, ObjectMetadata};
use super::store::ObjectStore;

/// Why a file was not put or got: what failed with which file, and the cause.
#[derive(Debug)]
pub struct FileError {
    what: &'static str,
    path: PathBuf,
    cause: crate::Error,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.what, self.path.display(), self.cause)
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.cause.as_ref())
    }
}

impl ObjectStore {
    /// Puts a file as an object, and tells `progress` after each chunk how many bytes were sent so far.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or the object not put; see [`ObjectStore::put`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(pictures: async_nats::jetstream::object_store::ObjectStore) -> Result<(), async_nats::Error> {
    /// pictures.put_file("cat.png", "pictures/cat.png", |bytes| println!("{bytes} bytes")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn put_file<T>(
        &self,
        meta: T,
        path: impl AsRef<Path>,
        progress: impl FnMut(u64),
    ) -> Result<ObjectInfo, FileError>
    where
        ObjectMetadata: From<T>,
    {
        let path = path.as_ref();
        let failed = |cause| FileError {
            what: "failed to put the file",
            path: path.to_owned(),
            cause,
        };
        let mut file = File::open(path).await.map_err(|error| failed(error.into()))?;
        let put = self.put_with_progress(meta, &mut file, progress).await;
        put.map_err(|error| failed(error.into()))
    }

    /// Gets an object into a file, and tells `progress` after each chunk how many bytes were written so far, and how many there are.
    ///
    /// The file appears when it is whole and right: until then it has `.part` after its name. One that is there
    /// already is replaced.
    ///
    /// # Errors
    ///
    /// When the object cannot be read, see [`ObjectStore::get`], or the file not written. What was written is deleted.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped leaves the file with `.part` after its name.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(pictures: async_nats::jetstream::object_store::ObjectStore) -> Result<(), async_nats::Error> {
    /// let told = |bytes, of| println!("{bytes} of {of} bytes");
    /// pictures.get_file("cat.png", "pictures/cat.png", told).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_file<T: AsRef<str> + Send>(
        &self,
        object_name: T,
        path: impl AsRef<Path>,
        progress: impl FnMut(u64, u64),
    ) -> Result<ObjectInfo, FileError> {
        let path = path.as_ref();
        let failed = |cause| FileError {
            what: "failed to get the object into the file",
            path: path.to_owned(),
            cause,
        };
        let object = self.get(object_name).await.map_err(|error| failed(error.into()))?;
        let info = object.info.clone();
        let mut part = path.to_owned().into_os_string();
        part.push(".part");
        let part = PathBuf::from(part);
        let mut written = write(&part, object.into_chunks(), info.size as u64, progress).await;
        if written.is_ok() {
            written = tokio::fs::rename(&part, path).await;
        }
        if let Err(error) = written {
            // It is of no use to anybody; when it cannot be deleted, the first error says more than that.
            let _ = tokio::fs::remove_file(&part).await;
            return Err(failed(error.into()));
        }
        Ok(info)
    }
}

async fn write(path: &Path, mut chunks: Chunks, of: u64, mut progress: impl FnMut(u64, u64)) -> io::Result<()> {
    let mut file = File::create(path).await?;
    let mut written = 0;
    while let Some(chunk) = std::future::poll_fn(|cx| std::pin::Pin::new(&mut chunks).poll_next(cx)).await {
        let chunk = chunk?;
        file.write_all(&chunk).await?;
        written += chunk.len() as u64;
        progress(written, of);
    }
    file.flush().await?;
    file.sync_all().await
}
