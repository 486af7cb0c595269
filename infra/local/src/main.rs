//! The whole product on one machine: `cargo run`.
//!
//! One process tree: AWS stand-ins, sandbox vendors, the portal's door, the clocks and the desk in this process; each
//! function in processes of its own, which are this executable started again ([`role`]). The functions use their real AWS
//! clients over loopback, and nothing in them knows that it is local.
//!
//! Never opens a port to other machines and never reads the shell's AWS settings.

use std::io::Write as _;

use clap::Parser as _;

mod aws;
mod desk;
mod environment;
mod front;
mod kept;
mod lambda;
mod log;
mod options;
mod poller;
mod ports;
mod role;
mod schedule;
mod vendors;
mod whole;

fn main() -> std::process::ExitCode {
    let options = options::Options::parse();
    let done = match options.role {
        Some(role) => role.play(),
        None => whole::run(options),
    };
    match done {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
