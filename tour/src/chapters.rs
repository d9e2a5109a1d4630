//! The chapters, in their order.

mod drain;
mod files;
mod headers;
mod publish_subscribe;
mod queue_groups;
mod reconnect;
mod replay;
mod request_reply;
mod services;
mod settings;
mod work_queue;

use std::future::Future;
use std::pin::Pin;

use crate::guide::Outcome;
use crate::Tour;

/// A chapter: its name on the command line, its title, and what happens in it.
pub(crate) struct Chapter {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) run: fn(&mut Tour) -> Pin<Box<dyn Future<Output = Outcome> + '_>>,
}

/// Every chapter.
pub(crate) const ALL: &[Chapter] = &[
    Chapter {
        name: "publish",
        title: "Publish and subscribe",
        run: |tour| Box::pin(publish_subscribe::run(tour)),
    },
    Chapter {
        name: "queue",
        title: "Queue groups share the work",
        run: |tour| Box::pin(queue_groups::run(tour)),
    },
    Chapter {
        name: "request",
        title: "Requests and replies",
        run: |tour| Box::pin(request_reply::run(tour)),
    },
    Chapter {
        name: "headers",
        title: "Headers",
        run: |tour| Box::pin(headers::run(tour)),
    },
    Chapter {
        name: "reconnect",
        title: "The server goes away and comes back",
        run: |tour| Box::pin(reconnect::run(tour)),
    },
    Chapter {
        name: "work",
        title: "A stream as a work queue",
        run: |tour| Box::pin(work_queue::run(tour)),
    },
    Chapter {
        name: "replay",
        title: "A stream from its beginning, and a restart",
        run: |tour| Box::pin(replay::run(tour)),
    },
    Chapter {
        name: "settings",
        title: "A key-value bucket, watched live",
        run: |tour| Box::pin(settings::run(tour)),
    },
    Chapter {
        name: "files",
        title: "A file in an object store",
        run: |tour| Box::pin(files::run(tour)),
    },
    Chapter {
        name: "services",
        title: "A service, discovered and called",
        run: |tour| Box::pin(services::run(tour)),
    },
    Chapter {
        name: "drain",
        title: "Leaving in order",
        run: |tour| Box::pin(drain::run(tour)),
    },
];
