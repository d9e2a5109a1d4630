//! Ending a TCP connection the hard way.

use tokio::net::TcpStream;

/// Closes the connection with a reset, so that the other side sees an error and loses what it has not read.
pub(crate) fn reset(stream: TcpStream) {
    // Without a lingering time nothing blocks, which is what the deprecation warns of.
    #[allow(deprecated, reason = "the function that replaces it needs a later tokio")]
    let armed = stream.set_linger(Some(std::time::Duration::ZERO));
    // A socket that refuses the option is dead already.
    let _ = armed;
    drop(stream);
}
