//! Where the tour takes place: a private server, or the user's.

use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectOptions, RequestErrorKind};
use nats_server::{configs, Launch, Server};

use crate::guide::{within, Failure};

/// The server, and the subjects that the tour keeps to.
pub(crate) struct Place {
    url: String,
    /// The private server; it is gone, with its files, when the tour ends.
    server: Option<Server>,
    /// What all subjects begin with: of this tour alone, so that tours on a shared server do not hear each other.
    prefix: String,
}

impl Place {
    /// Starts a server.
    pub(crate) fn private() -> Result<Self, Failure> {
        let server = tokio::task::block_in_place(|| Launch::new().config_text(&configs::jetstream()).try_start())?;
        Ok(Self {
            url: server.client_url(),
            server: Some(server),
            prefix: String::new(),
        })
    }

    /// Goes to a server that runs already.
    pub(crate) fn of_the_user(url: String) -> Self {
        Self {
            url,
            server: None,
            prefix: String::new(),
        }
    }

    /// Looks who is there, and says so.
    pub(crate) async fn described(&mut self) -> Result<String, Failure> {
        let client = self.client("a look around").await?;
        // The last word of an inbox is as good as random.
        let inbox = client.new_inbox();
        self.prefix = format!("tour.{}", inbox.rsplit('.').next().unwrap_or("alone"));
        let info = client.server_info();
        let whose = if self.server.is_some() {
            "a private nats-server"
        } else {
            "your nats-server"
        };
        Ok(format!("on {whose} {}, at {}:{}", info.version, info.host, info.port))
    }

    /// The private server, if it is one.
    pub(crate) fn server(&mut self) -> Option<&mut Server> {
        self.server.as_mut()
    }

    /// A subject of this tour.
    pub(crate) fn subject(&self, name: &str) -> String {
        format!("{}.{name}", self.prefix)
    }

    /// A name of this tour, for what may have no dots in its name.
    pub(crate) fn name(&self, name: &str) -> String {
        self.subject(name).replace('.', "_")
    }

    /// JetStream over a new connection, if the server has it enabled for us.
    pub(crate) async fn jetstream(&self, name: &str) -> Result<Option<Context>, Failure> {
        let context = jetstream::new(self.client(name).await?);
        let account = within("the server's word on JetStream", context.query_account()).await?;
        Ok(account.is_ok().then_some(context))
    }

    /// A new connection.
    pub(crate) async fn client(&self, name: &str) -> Result<Client, Failure> {
        self.client_with(name, ConnectOptions::new()).await
    }

    /// A new connection with options.
    pub(crate) async fn client_with(&self, name: &str, options: ConnectOptions) -> Result<Client, Failure> {
        let connecting = options.name(format!("tour: {name}")).connect(self.url.as_str());
        within("a connection", connecting)
            .await?
            .map_err(|error| Failure::new(format!("no connection: {error}")))
    }
}

/// Returns when the server has handled all that this client sent before.
///
/// A request that nobody answers comes back at once, and after all that was sent before it. So another client that
/// publishes from now on is heard by the subscriptions of this one.
pub(crate) async fn settled(client: &Client) -> Result<(), Failure> {
    let nobody = client.new_inbox();
    match within("the server's word", client.request(nobody, "anybody there?".into())).await? {
        Err(error) if error.kind() == RequestErrorKind::NoResponders => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Err(Failure::new(
            "somebody answered a request to a subject that nobody knows",
        )),
    }
}
