//! The program: telemetry on, the command line read and carried out.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use lethe::cli::{self, TryAgain, WrongUse, args::Cli};
use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

fn main() -> ExitCode {
    let cli = Cli::parse();
    start_telemetry();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("lethe: the system gives no threads: {error}");
            return ExitCode::from(1);
        }
    };
    match runtime.block_on(cli::run(cli)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("lethe: {error:#}");
            ExitCode::from(if error.is::<WrongUse>() {
                2
            } else if error.is::<TryAgain>() {
                75
            } else {
                1
            })
        }
    }
}

/// Logs go to standard error: lines for a person at a terminal, JSON for a collector. However much is
/// asked for, the libraries say no more than what happened: below that they quote what people sent.
fn start_telemetry() {
    let filter =
        EnvFilter::try_from_env("LETHE_LOG").unwrap_or_else(|_| EnvFilter::new("warn,lethe=info"));
    let is_ours = |target: &str| target.split("::").next() == Some("lethe");
    let discreet = filter_fn(move |line| *line.level() <= Level::INFO || is_ours(line.target()));
    let logs = tracing_subscriber::registry().with(filter).with(discreet);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        logs.with(lines.compact()).init();
    } else {
        logs.with(lines.json()).init();
    }
}
