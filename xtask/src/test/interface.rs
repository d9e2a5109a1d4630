//! Compares the public interface with the recorded listings, module by module.
//!
//! A module stands in [`LISTINGS`] as soon as it is meant to be complete: from then on every item must be there with the
//! same signature. The tool `api/coverage` is run once for each listing, and its table is read; for a module that is not
//! complete it is run again, to tell what is missing or differs.

use crate::project::{output, python};

use super::steps::Context;
use super::Note;

/// A listing, the package that it describes, and the modules that must be complete. Items that name one of the awaited
/// modules, which are not there yet, are not asked for.
struct Listing {
    file: &'static str,
    package: &'static str,
    modules: &'static [&'static str],
    awaited: &'static [&'static str],
}

/// The root of a crate is written with the crate's name, other modules by their path below it.
const LISTINGS: &[Listing] = &[
    Listing {
        file: "api/async-nats-0.49.1.api.json",
        package: "async-nats",
        modules: &[
            "async_nats",
            "client",
            "client::traits",
            "connection",
            "error",
            "header",
            "jetstream",
            "jetstream::account",
            "jetstream::consumer",
            "jetstream::consumer::pull",
            "jetstream::consumer::push",
            "jetstream::context",
            "jetstream::context::traits",
            "jetstream::message",
            "jetstream::publish",
            "jetstream::response",
            "jetstream::stream",
            "message",
            "status",
            "subject",
        ],
        awaited: &[
            "async_nats::jetstream::kv",
            "Context::delete_key_value",
            "async_nats::jetstream::object_store",
            "Context::delete_object_store",
            "async_nats::service",
        ],
    },
    Listing {
        file: "api/nats-server.api.json",
        package: "nats-server",
        modules: &["nats_server"],
        awaited: &[],
    },
];

/// Building it takes minutes and changes nothing in what is public.
const SKIPPED_FEATURE: &str = "aws-lc-rs";

pub(crate) fn check(context: &Context<'_>) -> Result<Note, String> {
    let python = python(context.project)?;
    let (mut items, mut wrong) = (0, Vec::new());
    for listing in LISTINGS {
        let rows = rows(&output(&mut tool(context, python, listing, &[]))?);
        for module in listing.modules {
            let path = full_path(listing, module);
            let row = rows.iter().find(|row| row.module == path);
            let row = row.ok_or_else(|| format!("{} has nothing in the module {path}", listing.file))?;
            items += row.same;
            if row.same == row.items {
                println!("   {path}: all {} items", row.items);
                continue;
            }
            let told = output(&mut tool(
                context,
                python,
                listing,
                &["--missing", "--changed", "--module", &path],
            ))?;
            let faults: Vec<&str> = faults(&told, listing.awaited).collect();
            println!("   {path}: {} of {} items", row.same, row.items);
            faults.iter().for_each(|fault| println!("      {fault}"));
            wrong.extend((!faults.is_empty()).then(|| format!("{path} ({})", faults.len())));
        }
    }
    if wrong.is_empty() {
        Ok(Note::With(format!("{items} items are there, with the same signatures")))
    } else {
        Err(format!("missing or with another signature: {}", wrong.join(", ")))
    }
}

/// The tool's lines on what is missing (`- item`) or differs (`~ item`), but for those that name an awaited module.
fn faults<'a>(told: &'a str, awaited: &'a [&str]) -> impl Iterator<Item = &'a str> {
    let is_fault = |line: &&str| line.starts_with("- ") || line.starts_with("~ ");
    told.lines()
        .filter(is_fault)
        .filter(|line| !awaited.iter().any(|module| line.contains(module)))
}

fn full_path(listing: &Listing, module: &str) -> String {
    let root = listing.package.replace('-', "_");
    if module == root {
        root
    } else {
        format!("{root}::{module}")
    }
}

fn tool(context: &Context<'_>, python: &str, listing: &Listing, more: &[&str]) -> std::process::Command {
    let mut command = context.project.command(python);
    command.args(["api/coverage", listing.package, "--silent", "--listing", listing.file]);
    command
        .args(["--skip-feature", SKIPPED_FEATURE, "--target-dir"])
        .arg(&context.project.target)
        .args(more);
    command
}

/// A row of the tool's table.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    module: String,
    items: usize,
    covered: usize,
    same: usize,
}

/// Reads the tool's table: a module, then the numbers items, covered, same, other, missing and a percentage.
fn rows(table: &str) -> Vec<Row> {
    table.lines().filter_map(row).collect()
}

fn row(line: &str) -> Option<Row> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [module, items, covered, same, _other, _missing, _percent] = words[..] else {
        return None;
    };
    Some(Row {
        module: module.to_owned(),
        items: items.parse().ok()?,
        covered: covered.parse().ok()?,
        same: same.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_tool_is_read_and_its_other_lines_are_not() {
        let table = "covered             10 / 12   83.33 %\n\n\
                     module              items covered   same  other missing        %\n\
                     async_nats             10       9      8      1       1    90.00\n\
                     async_nats::client      2       2      2      0       0   100.00\n";
        let expected =
            [("async_nats", 10, 9, 8), ("async_nats::client", 2, 2, 2)].map(|(module, items, covered, same)| Row {
                module: module.to_owned(),
                items,
                covered,
                same,
            });
        assert_eq!(rows(table), expected);
    }

    #[test]
    fn items_of_a_module_that_is_not_there_yet_are_not_asked_for() {
        let told = "missing (2):\n- impl From<a::later::B> for a::C\n- pub fn a::d()\n\nother signature (1):\n\
                    ~ pub fn a::e()\n    found: pub fn a::e(u8)\n";
        assert_eq!(
            faults(told, &["a::later"]).collect::<Vec<_>>(),
            ["- pub fn a::d()", "~ pub fn a::e()"]
        );
    }

    #[test]
    fn the_root_is_named_by_the_crate() {
        assert_eq!(full_path(&LISTINGS[0], "async_nats"), "async_nats");
        assert_eq!(full_path(&LISTINGS[0], "client"), "async_nats::client");
    }
}
