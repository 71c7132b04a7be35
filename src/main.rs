//! The program: telemetry on, the command line read and carried out.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use lethe::cli::{self, WrongUse, args::Cli};
use tracing_subscriber::EnvFilter;

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
            ExitCode::from(if error.is::<WrongUse>() { 2 } else { 1 })
        }
    }
}

/// Logs go to standard error: lines for a person at a terminal, JSON for a collector.
fn start_telemetry() {
    let filter =
        EnvFilter::try_from_env("LETHE_LOG").unwrap_or_else(|_| EnvFilter::new("warn,lethe=info"));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        logs.compact().init();
    } else {
        logs.json().init();
    }
}
