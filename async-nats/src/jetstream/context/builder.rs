//! Building a [`Context`] step by step.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::{Context, Shared};
use crate::Client;

/// How long a request of the API may take, unless told otherwise.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Whether a [`ContextBuilder`] still takes a prefix or a domain.
pub trait ToAssign: Debug {}

/// It does.
#[derive(Debug, Default)]
pub struct Yes;

/// It does not: one was given.
#[derive(Debug, Default)]
pub struct No;

impl ToAssign for Yes {}
impl ToAssign for No {}

/// Builds a [`Context`].
#[derive(Debug)]
pub struct ContextBuilder<PREFIX: ToAssign> {
    prefix: String,
    timeout: Duration,
    state: PhantomData<PREFIX>,
}

impl Default for ContextBuilder<Yes> {
    fn default() -> Self {
        ContextBuilder {
            prefix: "$JS.API".to_owned(),
            timeout: REQUEST_TIMEOUT,
            state: PhantomData,
        }
    }
}

impl ContextBuilder<Yes> {
    /// A builder with the defaults.
    pub fn new() -> ContextBuilder<Yes> {
        ContextBuilder::default()
    }

    /// Begins the API's subjects with `prefix` instead of `$JS.API`.
    pub fn api_prefix<T: Into<String>>(self, prefix: T) -> ContextBuilder<No> {
        ContextBuilder {
            prefix: prefix.into(),
            timeout: self.timeout,
            state: PhantomData,
        }
    }

    /// Uses the JetStream of `domain`.
    pub fn domain<T: Into<String>>(self, domain: T) -> ContextBuilder<No> {
        self.api_prefix(format!("$JS.{}.API", domain.into()))
    }
}

impl<PREFIX: ToAssign> ContextBuilder<PREFIX> {
    /// The context.
    pub fn build(self, client: Client) -> Context {
        Context {
            shared: Arc::new(Shared {
                client,
                prefix: self.prefix.into(),
            }),
            timeout: self.timeout,
        }
    }
}
