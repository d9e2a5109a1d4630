//! Options that bound memory and time.

use std::time::Duration;

use super::ConnectOptions;

/// What a publish does when the client is disconnected and the buffer for that time is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// It waits until there is room: after the next connection was made.
    #[default]
    Wait,
    /// It fails with [`PublishErrorKind::Send`](crate::PublishErrorKind::Send). So does one that waits for room when the
    /// connection is lost, unless there is room then.
    Fail,
}

impl ConnectOptions {
    /// Publishes that may wait to be written; one more has [`Client::publish`](crate::Client::publish) wait. Without this,
    /// only their bytes count: 256 KiB while connected, [`ConnectOptions::reconnect_buffer`] while not. A capacity of
    /// zero counts as one.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().client_capacity(256);
    /// ```
    pub fn client_capacity(mut self, capacity: usize) -> ConnectOptions {
        self.client_capacity = Some(capacity);
        self
    }

    /// Messages that each subscription keeps for its reader. When they are as many, newer ones are dropped,
    /// [`Event::SlowConsumer`](crate::Event::SlowConsumer) says so, and
    /// [`Subscriber::dropped`](crate::Subscriber::dropped) counts them; see
    /// [the handbook](crate::manual::slow_consumers). With zero all are dropped. Default: 65 536.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().subscription_capacity(1024);
    /// ```
    pub fn subscription_capacity(mut self, capacity: usize) -> ConnectOptions {
        self.subscription.messages = capacity;
        self
    }

    /// Bytes (subjects, headers and payloads) that each subscription keeps for its reader; see
    /// [`ConnectOptions::subscription_capacity`]. Default: 256 MiB.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().subscription_byte_capacity(16 * 1024 * 1024);
    /// ```
    pub fn subscription_byte_capacity(mut self, bytes: usize) -> ConnectOptions {
        self.subscription.bytes = bytes;
        self
    }

    /// Bytes of publishes that are kept while there is no connection, and what a publish does when they are as many.
    /// What is kept goes out, in order, after the next connection was made. Default: 8 MiB, and wait. See
    /// [the handbook](crate::manual::back_pressure).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_nats::WhenFull;
    ///
    /// let options = async_nats::ConnectOptions::new().reconnect_buffer(64 * 1024, WhenFull::Fail);
    /// ```
    pub fn reconnect_buffer(mut self, bytes: usize, when_full: WhenFull) -> ConnectOptions {
        self.reconnect_buffer = bytes;
        self.when_full = when_full;
        self
    }

    /// Upper bound of what is read from a socket at once, in bytes; less than 2048 counts as 2048. Large messages are read
    /// into buffers of their own. Default: 65 535.
    ///
    /// Buffers are small while little comes and are given back when nothing does, so that there is seldom a reason to
    /// set this.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().read_buffer_capacity(16 * 1024);
    /// ```
    pub fn read_buffer_capacity(mut self, size: u16) -> ConnectOptions {
        self.read_buffer_capacity = size;
        self
    }

    /// How long a request waits for its answer when it does not say so itself; `None` for as long as it takes.
    /// Default: ten seconds.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let options = async_nats::ConnectOptions::new().request_timeout(Some(Duration::from_secs(3)));
    /// ```
    pub fn request_timeout(mut self, timeout: Option<Duration>) -> ConnectOptions {
        self.request_timeout = timeout;
        self
    }

    /// Leaves out the validation of subjects that are published to, for programs that know their subjects to be
    /// valid. What could end a line of the protocol (CR and LF) is refused all the same, and subjects to subscribe to
    /// are always validated.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = async_nats::ConnectOptions::new().skip_subject_validation(true);
    /// ```
    pub fn skip_subject_validation(mut self, skip: bool) -> ConnectOptions {
        self.skip_subject_validation = skip;
        self
    }
}
