use super::super::authority::{Authority, Scratch};
use super::*;

#[test]
fn certificates_of_a_chain_come_in_order() {
    let (scratch, authority) = (Scratch::new(), Authority::new());
    let issued = authority.issue(&["localhost"]);
    let key = issued.key.serialize_pem();
    let text = format!(
        "a comment\n{}{key}another\n{}",
        issued.certificate.pem(),
        authority.pem()
    );
    let expected = [issued.certificate.der().clone(), authority.der()];
    let path = scratch.file("chain.pem", &text);
    assert_eq!(certificates(&path).unwrap(), expected);
    let path = scratch.file("crlf.pem", text.replace('\n', "\r\n"));
    assert_eq!(certificates(&path).unwrap(), expected);
    assert!(private_key(&path).is_ok());
}

#[test]
fn roots_of_several_files_are_all_trusted() {
    let scratch = Scratch::new();
    let [one, two, three] = std::array::from_fn(|_| Authority::new().pem());
    let paths = [scratch.file("one.pem", one), scratch.file("more.pem", two + &three)];
    assert_eq!(roots(&paths).unwrap().len(), 3);
}

#[test]
fn keys_are_read_in_all_three_forms() {
    let scratch = Scratch::new();
    let issued = Authority::new().issue(&["localhost"]);
    let path = scratch.file("sec1.pem", issued.key_as_sec1());
    assert!(matches!(private_key(&path), Ok(PrivateKeyDer::Sec1(_))));
    let path = scratch.file("pkcs8.pem", issued.key.serialize_pem());
    assert!(matches!(private_key(&path), Ok(PrivateKeyDer::Pkcs8(_))));
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/io/tls/pem/testdata");
    let path = testdata.join("rsa-pkcs1-key.pem");
    assert!(matches!(private_key(&path), Ok(PrivateKeyDer::Pkcs1(_))));
}

#[track_caller]
fn assert_error<T>(result: Result<T, String>, parts: &[&str]) {
    let error = result.err().expect("this file cannot be used");
    for part in parts {
        assert!(error.contains(part), "'{part}' is not in: {error}");
    }
    assert!(!error.contains("c2VjcmV0"), "shows the file: {error}");
}

#[test]
fn errors_name_the_file_and_what_is_wrong() {
    let scratch = Scratch::new();
    let missing = scratch.path("missing.pem");
    assert_error(certificates(&missing), &["could not read", "missing.pem"]);
    assert_error(private_key(&missing), &["could not read", "missing.pem"]);

    let empty = scratch.file("empty.pem", "");
    assert_error(certificates(&empty), &["no certificate", "empty.pem"]);
    assert_error(private_key(&empty), &["no private key", "empty.pem"]);

    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nc2VjcmV0\n\
                     -----END ENCRYPTED PRIVATE KEY-----\n";
    let encrypted = scratch.file("encrypted.pem", encrypted);
    assert_error(private_key(&encrypted), &["not encrypted", "encrypted.pem"]);

    let nonsense = "-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----\n";
    let nonsense = scratch.file("nonsense.pem", nonsense);
    assert_error(roots(&[nonsense]), &["certificate 1 in", "nonsense.pem"]);
}

#[test]
fn malformed_files_are_not_shown() {
    let scratch = Scratch::new();
    for (text, part) in [
        ("-----BEGIN PRIVATE KEY----- c2VjcmV0\n", "five dashes"),
        ("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n", "no END line"),
        (
            "-----BEGIN PRIVATE KEY-----\nc2VjcmV0!\n-----END PRIVATE KEY-----\n",
            "not base64",
        ),
    ] {
        let path = scratch.file("key.pem", text);
        assert_error(private_key(&path), &["key.pem", part]);
        assert_error(certificates(&path), &["key.pem", part]);
    }
}

#[test]
fn files_are_read_up_to_the_limit() {
    let scratch = Scratch::new();
    let mut text = Authority::new().pem();
    text.push_str(&"#".repeat(FILE_BYTES_MAX as usize - text.len()));
    let path = scratch.file("root.pem", &text);
    assert_eq!(certificates(&path).unwrap().len(), 1);
    text.push('#');
    let path = scratch.file("root.pem", &text);
    assert_error(certificates(&path), &["root.pem", "more than 16777216"]);
}
