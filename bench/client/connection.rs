//! How the measured program connects: as a program would, nothing tuned.

use std::path::PathBuf;

use bench_common::Settings;
use nats::{Client, ConnectOptions};

use crate::Failure;

/// Connects to the server of this run.
pub(crate) async fn open(settings: &Settings) -> Result<Client, Failure> {
    Ok(options(settings).connect(url(settings)?).await?)
}

/// The options of this run: the defaults, and the certificate to trust when there is one.
pub(crate) fn options(settings: &Settings) -> ConnectOptions {
    let options = ConnectOptions::new();
    match settings.text("ca") {
        Some(file) => options.add_root_certificates(PathBuf::from(file)).require_tls(true),
        None => options,
    }
}

pub(crate) fn url(settings: &Settings) -> Result<&str, Failure> {
    Ok(settings.text("url").ok_or("the setting `url` is missing")?)
}
