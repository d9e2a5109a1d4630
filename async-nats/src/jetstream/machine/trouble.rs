//! What can be wrong with a consumer.

/// What is wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Trouble {
    /// It was silent for too long.
    MissingHeartbeat,
    /// Nobody answers for it.
    NoResponders,
    /// It was deleted.
    Deleted,
    /// It is one that pushes.
    PushBased,
    /// A request asked for more than its configuration allows.
    OverLimit,
    /// A request was none.
    Bad,
    /// The next message is larger than a whole request.
    TooLarge,
    /// A request was ended because the consumer moves.
    Moved,
    /// Too many requests wait.
    TooMany,
    /// Another client is pinned.
    WrongPin,
    /// The server said something that this client does not know.
    Unknown,
}

impl Trouble {
    /// Whether the next request would fare no better.
    pub(crate) fn is_final(self) -> bool {
        matches!(
            self,
            Trouble::Deleted | Trouble::PushBased | Trouble::OverLimit | Trouble::Bad
        )
    }
}
