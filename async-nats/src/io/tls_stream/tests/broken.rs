//! Sessions that fail: how, and what the other side hears of it.

use super::*;

#[tokio::test]
async fn an_end_without_a_goodbye_is_an_error() {
    for version in VERSIONS {
        for part in [0, 1, 30] {
            let (mut client, mut server) = connected(version, 1000, 100_000).await;
            server.write_all(b"words").await.unwrap();
            server.flush().await.unwrap();
            if part > 0 {
                std::io::Write::write_all(&mut server.conn.writer(), &[7; 100]).unwrap();
                let mut record = Vec::new();
                server.conn.write_tls(&mut record).unwrap();
                server.inner.write_all(&record[..part]).await.unwrap();
            }
            drop(server);
            let mut heard = [0; 5];
            client.read_exact(&mut heard).await.unwrap();
            assert_eq!(&heard, b"words");
            let error = client.read(&mut heard).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        }
    }
}

/// The words before the garbage are good, the alert is sent, and the session stays broken.
#[tokio::test]
async fn garbage_breaks_the_session_and_the_server_is_told() {
    let forged = [
        [0x17, 3, 3, 0, 30],
        [0x17, 3, 3, 0xff, 0xff],
        *b"INFO ",
        [0x15, 3, 3, 0, 2],
        [0; 5],
    ];
    for version in VERSIONS {
        for header in forged {
            let (mut client, mut server) = connected(version, 1000, 100_000).await;
            server.write_all(b"words").await.unwrap();
            server.flush().await.unwrap();
            server.inner.write_all(&header).await.unwrap();
            server.inner.write_all(&[9; 40]).await.unwrap();
            let mut heard = Vec::new();
            let error = client.read_to_end(&mut heard).await.unwrap_err();
            assert_eq!(heard, b"words");
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{header:?}");
            assert!(error.get_ref().unwrap().is::<rustls::Error>());
            let again = client.read(&mut [0; 9]).await.unwrap_err();
            assert_eq!(again.to_string(), error.to_string());
            client.write(b"x").await.unwrap_err();
            client.shutdown().await.unwrap();
            let told = server.read(&mut [0; 9]).await.unwrap_err();
            assert!(told.to_string().contains("alert"), "{header:?}: {told}");
        }
    }
}

#[tokio::test]
async fn a_handshake_fails_with_the_error_of_its_cause() {
    let (_, acceptor) = sides(&rustls::version::TLS13);
    let (config, _) = sides(&rustls::version::TLS13);
    let (near, far) = tokio::io::duplex(100_000);
    let (client, server) = tokio::join!(TlsStream::connect(near, config.clone(), name()), acceptor.accept(far));
    let error = client.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert!(error.get_ref().unwrap().is::<rustls::Error>());
    assert!(
        server.err().unwrap().to_string().contains("alert"),
        "the server is told"
    );

    for cut in [0, 1, 100] {
        let (near, mut far) = tokio::io::duplex(100_000);
        let server = async {
            far.read_exact(&mut [0; 100]).await.unwrap();
            far.write_all(&[0x16, 3, 3, 2, 0][..cut.min(5)]).await.unwrap();
            far.write_all(&vec![0; cut.saturating_sub(5)]).await.unwrap();
            drop(far);
        };
        let (client, ()) = tokio::join!(TlsStream::connect(near, config.clone(), name()), server);
        assert_eq!(client.unwrap_err().kind(), io::ErrorKind::UnexpectedEof, "{cut}");
    }
}

/// A server that never ends its message of the handshake is not listened to for ever.
#[tokio::test]
async fn a_handshake_is_bounded() {
    let (config, _) = sides(&rustls::version::TLS13);
    for len in [[0, 0xff, 0xff], [0x7f, 0xff, 0xff]] {
        let (near, mut far) = tokio::io::duplex(4_000_000);
        // A message of the handshake in records of one byte.
        for byte in [2, len[0], len[1], len[2]]
            .into_iter()
            .chain(std::iter::repeat_n(3, 0xfff0))
        {
            far.write_all(&[0x16, 3, 3, 0, 1, byte]).await.unwrap();
        }
        let error = TlsStream::connect(near, config.clone(), name()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
