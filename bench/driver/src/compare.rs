//! Runs the sides of a row in turns.

use std::io::IsTerminal;

use bench_common::{Measured, Settings};

use crate::program::{self, Side};
use crate::real::RealServer;
use crate::rows::{Peer, Row, Sides};
use crate::server::NullServer;
use crate::statistics::{median, median_ratio};
use crate::Plan;

/// What all rounds of a row gave: for each round, each side that took part and did not fail.
pub(crate) struct Comparison {
    rounds: Vec<Vec<(Side, Measured)>>,
    /// What went wrong, in sentences.
    pub(crate) failures: Vec<String>,
}

impl Comparison {
    /// The median of one figure of one side.
    pub(crate) fn median(&self, side: Side, figure: fn(&Measured) -> f64) -> Option<f64> {
        median(self.rounds.iter().filter_map(|round| of(round, side)).map(figure))
    }

    /// The median of the ratios of one figure of two sides, round by round.
    pub(crate) fn ratio(&self, upper: Side, lower: Side, figure: fn(&Measured) -> f64) -> Option<f64> {
        let pair = |round: &Vec<(Side, Measured)>| Some((figure(of(round, upper)?), figure(of(round, lower)?)));
        median_ratio(self.rounds.iter().filter_map(pair))
    }
}

fn of(round: &[(Side, Measured)], side: Side) -> Option<&Measured> {
    round.iter().find(|(of, _)| *of == side).map(|(_, measured)| measured)
}

/// Runs all rounds of a row. Every other round runs the sides in the other order.
pub(crate) fn run(row: &Row, plan: &Plan) -> Result<Comparison, String> {
    let server = Server::start(row.peer)?;
    let settings = server
        .settings(row.settings.clone())
        .with("warmup", plan.warmup.as_secs_f64())
        .with("seconds", plan.window.as_secs_f64());
    let sides: &[Side] = match row.sides {
        Sides::All => &[Side::Ours, Side::Theirs, Side::Raw],
        Sides::Clients => &[Side::Ours, Side::Theirs],
        Sides::Ours => &[Side::Ours],
    };
    let mut comparison = Comparison {
        rounds: Vec::new(),
        failures: Vec::new(),
    };
    let mut failed: Vec<Side> = Vec::new();
    for number in 0..plan.rounds {
        progress(&row.name, number + 1, plan.rounds);
        let mut round = Vec::new();
        for side in in_turn(sides, number)
            .filter(|side| !failed.contains(side))
            .collect::<Vec<_>>()
        {
            match program::run(side, &settings) {
                Ok(measured) => round.push((side, measured)),
                Err(failure) => {
                    failed.push(side);
                    comparison.failures.push(failure);
                }
            }
        }
        comparison.rounds.push(round);
    }
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
    Ok(comparison)
}

/// Says where it is: in one line that is written over, or in a log once a row.
fn progress(name: &str, round: usize, rounds: usize) {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K{name}: round {round} of {rounds}");
    } else if round == 1 {
        eprintln!("{name}");
    }
}

fn in_turn(sides: &[Side], round: usize) -> impl Iterator<Item = Side> + '_ {
    let last = sides.len() - 1;
    (0..sides.len()).map(move |at| sides[if round.is_multiple_of(2) { at } else { last - at }])
}

/// The server of a row.
enum Server {
    Null(NullServer),
    Real(RealServer),
}

impl Server {
    fn start(peer: Peer) -> Result<Self, String> {
        match peer {
            Peer::Null => NullServer::plain().map(Self::Null),
            Peer::NullTls => NullServer::tls().map(Self::Null),
            Peer::Real => RealServer::start().map(Self::Real),
        }
    }

    fn settings(&self, settings: Settings) -> Settings {
        match self {
            Self::Real(server) => settings.with("url", server.url()),
            Self::Null(server) => {
                let settings = settings.with("url", server.url());
                match server.trusted() {
                    Some(file) => settings.with("ca", file.display()),
                    None => settings,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_other_round_runs_in_the_other_order() {
        let sides = [Side::Ours, Side::Theirs, Side::Raw];
        assert_eq!(
            in_turn(&sides, 0).collect::<Vec<_>>(),
            [Side::Ours, Side::Theirs, Side::Raw]
        );
        assert_eq!(
            in_turn(&sides, 1).collect::<Vec<_>>(),
            [Side::Raw, Side::Theirs, Side::Ours]
        );
    }

    #[test]
    fn rounds_in_which_a_side_is_missing_do_not_count_for_the_ratio() {
        let measured = |operations| Measured {
            operations,
            seconds: 1.0,
            ..Measured::default()
        };
        let rounds = vec![
            vec![(Side::Ours, measured(10.0)), (Side::Theirs, measured(2.0))],
            vec![(Side::Ours, measured(1000.0))],
            vec![(Side::Theirs, measured(3.0)), (Side::Ours, measured(9.0))],
        ];
        let comparison = Comparison {
            rounds,
            failures: Vec::new(),
        };
        assert_eq!(comparison.ratio(Side::Ours, Side::Theirs, Measured::rate), Some(4.0));
        assert_eq!(comparison.median(Side::Ours, Measured::rate), Some(10.0));
        assert_eq!(comparison.median(Side::Raw, Measured::rate), None);
    }
}
