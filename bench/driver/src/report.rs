//! The table, in Markdown.

use std::time::Duration;

use bench_common::Measured;

use crate::compare::Comparison;
use crate::program::Side;
use crate::rows::{Row, Sides, Unit};

/// More than this share of messages dropped by a full subscription is said in the last column.
const NOTED_LOSS: f64 = 0.01;

/// What stands above the lines.
pub(crate) fn heading(rounds: usize, warmup: Duration, window: Duration) -> String {
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "Medians of {rounds} rounds in turns, {} s each after {} s, on {processors} processors. `×` is how many times \
         better ours is: the median of the ratios of each round. CPU is user and system time of the whole process, in µs \
         an operation. `raw` is the same bytes over a blocking socket. `theirs` is async-nats 0.51.0.\n\n\
         | workload | ours | theirs | × | CPU ours | CPU theirs | × | raw | raw CPU | ours of raw | notes |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
        window.as_secs_f64(),
        warmup.as_secs_f64()
    )
}

/// The line of a row.
pub(crate) fn line(row: &Row, result: &Comparison) -> String {
    let figure = |side| {
        result
            .median(side, figure_of(row.unit))
            .map_or_else(nothing, |value| shown(row.unit, value))
    };
    let better = if row.unit == Unit::Bytes {
        result.ratio(Side::Theirs, Side::Ours, Measured::bytes_each)
    } else {
        result.ratio(Side::Ours, Side::Theirs, Measured::rate)
    };
    let has_processor_time = row.unit != Unit::Bytes;
    let processor = |side| {
        let each = result
            .median(side, Measured::processor_each)
            .filter(|_| has_processor_time);
        each.map_or_else(nothing, three_digits)
    };
    let cheaper = result
        .ratio(Side::Theirs, Side::Ours, Measured::processor_each)
        .filter(|_| has_processor_time);
    let of_raw = result
        .ratio(Side::Ours, Side::Raw, Measured::rate)
        .filter(|_| row.sides == Sides::All);
    let cells = [
        row.name.clone(),
        figure(Side::Ours),
        figure(Side::Theirs),
        times(better),
        processor(Side::Ours),
        processor(Side::Theirs),
        times(cheaper),
        figure(Side::Raw),
        processor(Side::Raw),
        of_raw.map_or_else(nothing, three_digits),
        notes(result),
    ];
    format!("| {} |", cells.join(" | "))
}

fn figure_of(unit: Unit) -> fn(&Measured) -> f64 {
    match unit {
        Unit::Bytes => Measured::bytes_each,
        Unit::Rate | Unit::Mebibytes | Unit::Time => Measured::rate,
    }
}

fn shown(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Rate => scaled(value, &[(1e6, " M/s"), (1e3, " k/s"), (1.0, "/s")]),
        Unit::Mebibytes => scaled(value, &[(1.0, " MiB/s")]),
        Unit::Time => scaled(1.0 / value, &[(1.0, " s"), (1e-3, " ms"), (1e-6, " µs")]),
        Unit::Bytes => scaled(value, &[(1e6, " MB"), (1e3, " kB"), (1.0, " B")]),
    }
}

/// The first unit that makes the number at least 1, or the last one.
fn scaled(value: f64, units: &[(f64, &str)]) -> String {
    let unit = units.iter().find(|(factor, _)| value >= *factor).or(units.last());
    unit.map_or_else(nothing, |(factor, name)| three_digits(value / factor) + name)
}

/// Three digits that count; no more are worth reading.
fn three_digits(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        large if large >= 99.95 => format!("{value:.0}"),
        middle if middle >= 9.995 => format!("{value:.1}"),
        small if small >= 0.9995 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn times(ratio: Option<f64>) -> String {
    ratio
        .filter(|ratio| ratio.is_finite() && *ratio > 0.0)
        .map_or_else(nothing, |ratio| format!("**{}**", three_digits(ratio)))
}

fn nothing() -> String {
    String::new()
}

fn notes(result: &Comparison) -> String {
    let lost = |measured: &Measured| measured.dropped / (measured.dropped + measured.operations);
    let mut notes: Vec<String> = [(Side::Ours, "ours"), (Side::Theirs, "theirs")]
        .into_iter()
        .filter_map(|(side, name)| Some((name, result.median(side, lost)?)))
        .filter(|(_, share)| *share > NOTED_LOSS)
        .map(|(name, share)| format!("{name} dropped {:.0} %", share * 100.0))
        .collect();
    if !result.failures.is_empty() {
        notes.push("failed".to_owned());
    }
    notes.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits_and_the_unit_that_fits() {
        assert_eq!(shown(Unit::Rate, 4_912_345.0), "4.91 M/s");
        assert_eq!(shown(Unit::Rate, 157_400.0), "157 k/s");
        assert_eq!(shown(Unit::Rate, 957.0), "957/s");
        assert_eq!(shown(Unit::Time, 1.0 / 77.3e-6), "77.3 µs");
        assert_eq!(shown(Unit::Time, 1.0 / 1.33e-3), "1.33 ms");
        assert_eq!(shown(Unit::Bytes, 25_700.0), "25.7 kB");
        assert_eq!(shown(Unit::Bytes, 0.0), "0 B");
        assert_eq!(three_digits(0.0774), "0.077");
        assert_eq!(three_digits(9.999), "10.0");
    }

    #[test]
    fn a_ratio_that_is_none_is_left_empty() {
        assert_eq!(times(Some(4.5)), "**4.50**");
        assert_eq!(times(Some(f64::INFINITY)), "");
        assert_eq!(times(None), "");
    }
}
