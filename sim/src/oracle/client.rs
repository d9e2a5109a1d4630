//! What the oracles keep of one client.

use std::collections::{BTreeMap, BTreeSet};

use super::events::Events;
use super::links::Attempts;
use super::requests::Requests;
use super::subscriptions::Subscription;
use crate::plan::ClientPlan;

/// One client, as its users and its wires show it.
#[derive(Debug)]
pub(crate) struct ClientModel {
    pub(crate) plan: ClientPlan,
    /// The connection that it uses.
    pub(crate) current: Option<usize>,
    /// It takes itself to be connected.
    pub(crate) is_up: bool,
    pub(crate) subscriptions: BTreeMap<u64, Subscription>,
    pub(crate) requests: Requests,
    /// Subscriptions that requests with inboxes of their own made.
    pub(crate) own_inboxes: BTreeSet<u64>,
    pub(crate) events: Events,
    pub(crate) attempts: Attempts,
    /// What the server that it is connected to takes.
    pub(crate) max_payload: usize,
    /// A drain of the whole client has begun; when it must be over.
    pub(crate) drains_by: Option<u64>,
    /// No call is promised to work any more.
    pub(crate) is_ending: bool,
    /// Published, and not taken by a stream: with lengths on the wire.
    pub(crate) unwritten: BTreeMap<u64, (usize, u64)>,
    pub(crate) unwritten_bytes: usize,
    /// Published, and not handed to a socket.
    pub(crate) unflushed: BTreeSet<u64>,
    /// Published, and not seen by a server; not on a connection that is gone.
    pub(crate) unconfirmed: BTreeSet<u64>,
    /// Written to a connection that is gone, and not seen by a server: with the number of that loss.
    pub(crate) lost: BTreeMap<u64, u64>,
    /// The last message of each publisher that went out.
    pub(crate) last_out: BTreeMap<usize, u64>,
    /// Connections that broke and may have taken messages with them.
    pub(crate) losses: u64,
    /// When the last connection was left.
    pub(crate) left_at: Option<u64>,
}

impl ClientModel {
    pub(crate) fn new(plan: &ClientPlan) -> Self {
        ClientModel {
            plan: plan.clone(),
            current: None,
            is_up: false,
            subscriptions: BTreeMap::new(),
            requests: Requests::default(),
            own_inboxes: BTreeSet::new(),
            events: Events::default(),
            attempts: Attempts::default(),
            max_payload: 1024 * 1024,
            drains_by: None,
            is_ending: false,
            unwritten: BTreeMap::new(),
            unwritten_bytes: 0,
            unflushed: BTreeSet::new(),
            unconfirmed: BTreeSet::new(),
            lost: BTreeMap::new(),
            last_out: BTreeMap::new(),
            losses: 0,
            left_at: None,
        }
    }
}
