//! What the measured programs and the driver share.
//!
//! The driver starts a measured program with [`Settings`] on its command line; the program measures a window with a
//! [`Window`] and prints one [`Measured`] as its last line of output.

mod measured;
mod settings;
mod window;

pub use measured::Measured;
pub use settings::Settings;
pub use window::Window;

/// Subject that floods come by: subscription `n` of a run is on `bench.data.n`.
pub const DATA: &str = "bench.data";

/// Subject that the publishing workloads publish to; nobody listens.
pub const SINK: &str = "bench.publish";

/// A message to this subject makes the null server flood; its payload are the settings of the flood.
pub const FLOOD: &str = "bench.flood";

/// The null server answers requests to every subject but this one.
pub const SILENT: &str = "bench.silent";

/// Subject of the stream that is published to; the null server acks each message to it.
pub const STORED: &str = "bench.stored";

/// Headers of the workloads that have some: two names that programs use, and short values.
pub const HEADERS: [(&str, &str); 2] = [("Content-Type", "application/json"), ("Trace-Id", "0123456789abcdef")];
