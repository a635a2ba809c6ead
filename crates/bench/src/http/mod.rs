//! `http`: processor time of a server per request, as a ratio to the same server without a layer.
//!
//! Servers and load generator are threads of this program and share one core; on two, a slow server would pay
//! for waking the generator. One request is in flight at a time, over one connection for each server.

mod client;
mod server;
mod servers;

use std::env;
use std::process::Command;

use self::client::Connection;
use self::server::Server;
use self::servers::{Base, Setup};
use crate::arguments::Arguments;
use crate::cookies::session;
use crate::measure::time::{ROUNDS, Times};
use crate::table::{Table, rounded};

/// The command under which this program runs itself on one core.
pub(crate) const PINNED: &str = "http-on-one-core";

/// How many requests a round sends to a server.
const REQUESTS: u32 = 500;

/// A server's time for a request, and its ratio to a server without a layer.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) server: String,
    pub(crate) nanoseconds: Times,
    pub(crate) ratio: Times,
}

/// Runs the measurement on the first core.
pub(crate) fn run(arguments: &Arguments) -> Result<String, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("taskset")
        .args(["-c", "0"])
        .arg(program)
        .args([PINNED, arguments.file()?])
        .args(arguments.options())
        .output()
        .map_err(|error| format!("cannot start taskset of util-linux: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}

pub(crate) fn run_pinned(arguments: &Arguments) -> Result<String, String> {
    let loads = measure(&servers::all(&session(arguments)?))?;
    Ok(if arguments.has("--json") {
        format!("{:#}\n", table(&loads).json())
    } else {
        table(&loads).markdown()
    })
}

fn measure(setups: &[Setup]) -> Result<Vec<Load>, String> {
    let started: Result<Vec<_>, String> = setups
        .iter()
        .map(|setup| {
            let server = Server::start(setup.application.clone())?;
            let connection = Connection::open(server.address(), &setup.cookies)?;
            Ok((server, connection))
        })
        .collect();
    let mut started = started?;
    for (_, connection) in &mut started {
        connection.exchange(REQUESTS)?;
    }
    let mut rounds = vec![Vec::new(); setups.len()];
    for _ in 0..ROUNDS {
        for (times, (server, connection)) in rounds.iter_mut().zip(&mut started) {
            let before = server.processor_time()?;
            connection.exchange(REQUESTS)?;
            let spent = server.processor_time()? - before;
            times.push(spent as f64 / f64::from(REQUESTS));
        }
    }
    let ratio = |at: usize| {
        let base = match setups[at].base {
            Base::WithoutCookie => &rounds[0],
            Base::WithOurCookie => &rounds[1],
        };
        Times::of(
            rounds[at]
                .iter()
                .zip(base)
                .map(|(it, base)| it / base)
                .collect(),
        )
    };
    let loads = setups.iter().enumerate().map(|(at, setup)| Load {
        server: setup.name.to_owned(),
        nanoseconds: Times::of(rounds[at].clone()),
        ratio: ratio(at),
    });
    Ok(loads.collect())
}

fn table(loads: &[Load]) -> Table {
    let mut table = Table::default();
    for load in loads {
        let (lower, upper) = load.ratio.quartiles();
        table.push(vec![
            ("server", load.server.as_str().into()),
            ("ns, lowest", rounded(load.nanoseconds.lowest(), 0)),
            ("ns, median", rounded(load.nanoseconds.median(), 0)),
            ("of bare, median", rounded(load.ratio.median(), 3)),
            ("lower quartile", rounded(lower, 3)),
            ("upper quartile", rounded(upper, 3)),
        ]);
    }
    table
}
