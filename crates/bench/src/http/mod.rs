//! `http`: processor time of a server per request, as a ratio to the same server without a layer.
//!
//! Servers and load generator are threads of this program and share one core; on two, a slow server would pay
//! for waking the generator. One request is in flight at a time, over one connection for each server. Each
//! server is compared with one that has a layer which does nothing and gets the same cookies, because axum boxes
//! a route as soon as it has any layer.

mod client;
mod server;
mod servers;
mod summary;

use std::env;
use std::process::Command;

use self::client::Connection;
use self::server::Server;
use self::servers::Setup;
use crate::arguments::Arguments;
use crate::cookies::Selected;
use crate::measure::processor;
use crate::measure::time::{ROUNDS, Times};

/// The command under which this program runs itself on one core.
pub(crate) const PINNED: &str = "http-on-one-core";

/// How many requests a round sends to a server, and how many with `--quick`.
const REQUESTS: u32 = 1_000;
const FEW_REQUESTS: u32 = 50;

/// The nanoseconds of a server for a request, in each round.
#[derive(Clone, Debug)]
struct Load {
    server: &'static str,
    rounds: Vec<f64>,
    /// Those of the server without a layer that got the same cookies.
    bare: Vec<f64>,
}

/// Runs the measurement on the first core that this program may use.
pub(crate) fn run(arguments: &Arguments) -> Result<String, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let core = processor::first_allowed()?;
    let output = Command::new("taskset")
        .args(["-c", &core])
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
    let requests = match arguments.has("--quick") {
        true => FEW_REQUESTS,
        false => REQUESTS,
    };
    let setups = servers::all(&Selected::by(arguments)?.fixture);
    let table = summary::table(&measure(&setups, requests)?);
    Ok(if arguments.has("--json") {
        format!("{:#}\n", table.json())
    } else {
        table.markdown()
    })
}

fn measure(setups: &[Setup], requests: u32) -> Result<Vec<Load>, String> {
    let mut started = Vec::new();
    for setup in setups {
        let server = Server::start(setup.application.clone())?;
        let mut connection = Connection::open(server.address(), &setup.cookies)?;
        connection.exchange(requests)?;
        started.push((server, connection));
    }
    let mut rounds = vec![Vec::new(); setups.len()];
    for _ in 0..ROUNDS {
        for (times, (server, connection)) in rounds.iter_mut().zip(&mut started) {
            let before = server.processor_time()?;
            connection.exchange(requests)?;
            let spent = server.processor_time()? - before;
            times.push(spent as f64 / f64::from(requests));
        }
    }
    let bare = |cookies: &str| {
        let same = |setup: &Setup| setup.name == servers::BARE && setup.cookies == cookies;
        setups.iter().position(same)
    };
    let loads = setups.iter().enumerate().map(|(at, setup)| {
        let bare = bare(&setup.cookies).ok_or("there is no server without a layer")?;
        Ok(Load {
            server: setup.name,
            rounds: rounds[at].clone(),
            bare: rounds[bare].clone(),
        })
    });
    loads.collect()
}

impl Load {
    fn nanoseconds(&self) -> Times {
        Times::of(self.rounds.clone())
    }

    /// This server's time as a ratio to another's, round by round.
    fn ratio_to(&self, other: &[f64]) -> Times {
        let ratios = self.rounds.iter().zip(other).map(|(it, other)| it / other);
        Times::of(ratios.collect())
    }
}
