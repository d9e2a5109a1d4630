//! A program that uses a NATS client as programs do, and measures itself: what the driver runs.
//!
//! It is compiled twice, once with each client behind the name `nats`, so that processor time and memory are those of one
//! client alone. It is started with the settings of one run and prints its result as the last line.

mod allocator;
mod bucket;
mod connect;
mod connection;
mod consume;
mod memory;
mod object;
mod publish;
mod receive;
mod request;
mod store;

use bench_common::{Measured, Settings};

/// Anything that ends a run early; it is printed, and the driver names the run.
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[global_allocator]
static ALLOCATOR: allocator::Counting = allocator::Counting;

fn main() -> Result<(), Failure> {
    let settings = Settings::parse(std::env::args().skip(1))?;
    if settings.workload == "memory" {
        allocator::count_from_now();
    }
    // The runtime that `#[tokio::main]` makes: as many workers as there are processors.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let measured = runtime.block_on(run(settings))?;
    println!("{measured}");
    // Tasks of the run are of no interest any more, and some of them never end.
    std::process::exit(0);
}

async fn run(settings: Settings) -> Result<Measured, Failure> {
    match settings.workload.as_str() {
        "publish" => publish::run(&settings).await,
        "receive" => receive::run(&settings).await,
        "request" => request::run(&settings).await,
        "store" => store::run(&settings).await,
        "consume" => consume::run(&settings).await,
        "bucket" => bucket::run(&settings).await,
        "object" => object::run(&settings).await,
        "connect" => connect::run(&settings).await,
        "memory" => memory::run(&settings).await,
        unknown => Err(format!("there is no workload `{unknown}`").into()),
    }
}
