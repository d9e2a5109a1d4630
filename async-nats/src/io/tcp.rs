//! One TCP connection to one address.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpSocket, TcpStream};

/// Connects to `address`, from `local` when one is given, and turns off the delay of small writes:
/// the client gathers what it sends by itself.
///
/// # Errors
///
/// Those of the system, with no text added.
///
/// # Cancellation
///
/// Dropping the future closes the socket.
pub(crate) async fn connect(address: SocketAddr, local: Option<SocketAddr>) -> io::Result<TcpStream> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    if let Some(local) = local {
        // A fixed port stays reserved for a while after a connection ends, which would keep the
        // client from reconnecting. On Windows the option means something else.
        if cfg!(unix) && local.port() != 0 {
            socket.set_reuseaddr(true)?;
        }
        socket.bind(local)?;
    }
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn small_writes_are_not_delayed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = connect(listener.local_addr().unwrap(), None).await.unwrap();
        assert!(stream.nodelay().unwrap());
    }

    #[tokio::test]
    async fn local_address_is_bound() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let local: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let stream = connect(address, Some(local)).await.unwrap();
        assert_eq!(stream.local_addr().unwrap().ip(), local.ip());

        // Of the addresses set aside for documentation, which no machine has.
        let foreign = "192.0.2.1:0".parse().unwrap();
        let error = connect(address, Some(foreign)).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrNotAvailable);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn fixed_local_port_can_be_used_again() {
        let one = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let local = free.local_addr().unwrap();
        drop(free);
        let first = connect(one.local_addr().unwrap(), Some(local)).await;
        // Closed from this side first, the connection lingers in the system.
        drop(first.unwrap());
        drop(one.accept().await.unwrap());
        let second = connect(other.local_addr().unwrap(), Some(local)).await;
        assert_eq!(second.unwrap().local_addr().unwrap(), local);
    }

    #[tokio::test]
    async fn refused_connection_is_an_error_of_the_system() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let error = connect(address, None).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    }
}
