//! What may be built into the client, by `deny.toml`: licenses, packages that are not wanted, sources; and that every
//! package is content with the oldest Rust that the client supports.
//!
//! Where cargo-deny is installed, it checks licenses, bans and sources, and advisories when their database can be had. Where
//! it is not, the rules of `deny.toml` that this repository uses are checked here, from what `cargo metadata` tells.
//! cargo-deny knows nothing of the oldest Rust, so that is checked here in either case.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;

use crate::json::Json;
use crate::project::{output, run};
use crate::toml::{self, Toml};

use super::licenses::is_satisfied;
use super::steps::Context;
use super::Note;

const RULES: &str = "deny.toml";

/// What is checked by whichever of the two is there.
const CHECKS: [&str; 3] = ["licenses", "bans", "sources"];

type Document = BTreeMap<String, BTreeMap<String, Toml>>;

/// A package of the lock file, as far as rules look at it.
#[derive(Debug, Default)]
struct Package {
    name: String,
    version: String,
    license: String,
    /// Nothing for a package of this repository.
    source: Option<String>,
    rust_version: Option<String>,
    /// It is there for tests alone.
    is_for_tests: bool,
}

pub(crate) fn check(context: &Context<'_>) -> Result<Note, String> {
    let packages = packages(context)?;
    let mut faults = too_new(&packages, &oldest_rust(context)?);
    let deny = cargo_deny(context)?;
    if deny.is_none() {
        let path = context.project.root.join(RULES);
        let text = std::fs::read_to_string(path).map_err(|error| format!("{RULES} cannot be read: {error}"))?;
        faults.extend(offences(&toml::parse(&text)?, &packages));
    }
    faults.iter().for_each(|fault| println!("   {fault}"));
    if !faults.is_empty() {
        return Err(format!("{} packages or rules are at fault", faults.len()));
    }
    let how = deny.unwrap_or("checked by xtask; advisories are not, they need cargo-deny");
    Ok(Note::With(format!("{} packages, {how}", packages.len())))
}

/// Has cargo-deny check what it can, when it is there; says what that was.
fn cargo_deny(context: &Context<'_>) -> Result<Option<&'static str>, String> {
    let mut probe = context.cargo(&["deny", "--version"]);
    probe.stdout(Stdio::null()).stderr(Stdio::null());
    if !probe.status().is_ok_and(|status| status.success()) {
        return Ok(None);
    }
    run(context.cargo(&["deny", "check"]).args(CHECKS))?;
    let mut fetch = context.cargo(&["deny", "fetch", "db"]);
    fetch.stdout(Stdio::null()).stderr(Stdio::null());
    if !fetch.status().is_ok_and(|status| status.success()) {
        return Ok(Some(
            "checked by cargo-deny; advisories are not, their database cannot be reached",
        ));
    }
    run(&mut context.cargo(&["deny", "check", "advisories"]))?;
    Ok(Some("checked by cargo-deny, advisories too"))
}

fn packages(context: &Context<'_>) -> Result<Vec<Package>, String> {
    let arguments = ["metadata", "--format-version", "1", "--all-features", "--locked"];
    let metadata = Json::parse(&output(&mut context.cargo(&arguments))?)?;
    let packages = metadata.get("packages").map(Json::items).unwrap_or_default();
    let (all, shipped) = (tree(context, "normal,build,dev")?, tree(context, "normal,build")?);
    let built = packages.iter().filter_map(|package| {
        let text = |name| package.get(name).and_then(Json::text).map(str::to_owned);
        let package = Package {
            name: text("name")?,
            version: text("version")?,
            license: text("license").unwrap_or_default(),
            source: text("source"),
            rust_version: text("rust_version"),
            is_for_tests: false,
        };
        let line = format!("{} v{}", package.name, package.version);
        let is_for_tests = !shipped.contains(&line);
        all.contains(&line).then_some(Package {
            is_for_tests,
            ..package
        })
    });
    Ok(built.collect())
}

/// Names and versions of what is built along these edges, with whatever features and for whatever target: `metadata` also tells of
/// packages that only a feature nobody asks for would bring.
fn tree(context: &Context<'_>, edges: &str) -> Result<BTreeSet<String>, String> {
    let mut tree = context.cargo(&["tree", "--workspace", "--all-features", "--edges", edges]);
    tree.args(["--target", "all", "--prefix", "none", "--format", "{p}", "--locked"]);
    let lines = output(&mut tree)?;
    let name_and_version = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    Ok(lines.lines().map(name_and_version).collect())
}

/// The oldest Rust that the manifest promises.
fn oldest_rust(context: &Context<'_>) -> Result<String, String> {
    let path = context.project.root.join("Cargo.toml");
    let text = std::fs::read_to_string(path).map_err(|error| format!("Cargo.toml cannot be read: {error}"))?;
    let manifest = toml::parse(&text)?;
    let version = manifest
        .get("workspace.package")
        .and_then(|section| section.get("rust-version"));
    let version = version.and_then(Toml::text).ok_or("Cargo.toml names no rust-version")?;
    Ok(version.to_owned())
}

/// Packages that need a later Rust.
fn too_new(packages: &[Package], oldest: &str) -> Vec<String> {
    let newer = |package: &&Package| {
        let wanted = package.rust_version.as_deref().unwrap_or_default();
        numbers(wanted) > numbers(oldest)
    };
    let told = packages.iter().filter(newer).map(|package| {
        let wanted = package.rust_version.as_deref().unwrap_or_default();
        format!(
            "{} {} needs Rust {wanted}, and the client promises {oldest}",
            package.name, package.version
        )
    });
    told.collect()
}

/// A version's numbers; those that it does not name are zero.
fn numbers(version: &str) -> [u64; 3] {
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| numbers.next().unwrap_or(0))
}

/// Everything that is against the rules.
fn offences(rules: &Document, packages: &[Package]) -> Vec<String> {
    let foreign: Vec<&Package> = packages.iter().filter(|package| package.source.is_some()).collect();
    let mut faults = Vec::new();
    for package in &foreign {
        let Package {
            name,
            version,
            license,
            source,
            ..
        } = package;
        let accepted = texts(rule(rules, "licenses", "allow"));
        let excepted = exceptions(rules, name);
        if !is_satisfied(license, &|one| accepted.contains(&one) || excepted.contains(&one)) {
            faults.push(format!(
                "{name} {version} has the license {license:?}, which is not accepted"
            ));
        }
        let source = source.as_deref().unwrap_or_default();
        let known = texts(rule(rules, "sources", "allow-registry"));
        if !source
            .strip_prefix("registry+")
            .is_some_and(|registry| known.contains(&registry))
        {
            faults.push(format!("{name} {version} comes from {source}"));
        }
        let denied = rule(rules, "bans", "deny").iter().find(|rule| is_about(rule, package));
        if let Some(rule) = denied {
            let reason = rule.get("reason").and_then(Toml::text).unwrap_or("it is denied");
            faults.push(format!("{name} {version} is not wanted: {reason}"));
        }
    }
    faults.extend(twice(rules, &foreign));
    faults
}

/// Packages that are there in several versions, but for those versions that may be skipped, and for tests.
fn twice(rules: &Document, packages: &[&Package]) -> Vec<String> {
    let skipped = |package: &&&Package| rule(rules, "bans", "skip").iter().any(|rule| is_about(rule, package));
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let counted = packages
        .iter()
        .filter(|package| !package.is_for_tests && !skipped(package));
    for package in counted {
        versions.entry(&package.name).or_default().push(&package.version);
    }
    let several = versions.into_iter().filter(|(_, versions)| versions.len() > 1);
    several
        .map(|(name, versions)| format!("{name} is there in several versions: {}", versions.join(", ")))
        .collect()
}

fn rule<'a>(rules: &'a Document, section: &str, key: &str) -> &'a [Toml] {
    let value = rules.get(section).and_then(|section| section.get(key));
    value.map(Toml::items).unwrap_or_default()
}

fn texts(items: &[Toml]) -> Vec<&str> {
    items.iter().filter_map(Toml::text).collect()
}

/// Licenses that are accepted of this package alone.
fn exceptions<'a>(rules: &'a Document, name: &str) -> Vec<&'a str> {
    let about = rule(rules, "licenses", "exceptions").iter();
    about
        .filter(|rule| rule.get("crate").and_then(Toml::text) == Some(name))
        .flat_map(|rule| texts(rule.get("allow").map(Toml::items).unwrap_or_default()))
        .collect()
}

/// Whether a rule's `crate` (`name` or `name@version`) is this package. A version may leave out its last numbers.
fn is_about(rule: &Toml, package: &Package) -> bool {
    let Some(spec) = rule.get("crate").and_then(Toml::text) else {
        return false;
    };
    let (name, version) = spec.split_once('@').unwrap_or((spec, ""));
    let fits = |rest: &str| version.is_empty() || rest.is_empty() || rest.starts_with('.');
    name == package.name && package.version.strip_prefix(version).is_some_and(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTRY: &str = "registry+https://example.com/index";

    fn package(name: &str, version: &str, license: &str, source: &str) -> Package {
        Package {
            name: name.into(),
            version: version.into(),
            license: license.into(),
            source: Some(source.into()),
            ..Package::default()
        }
    }

    fn rules() -> Document {
        let text = "[licenses]\nallow = [\"MIT\"]\nexceptions = [{ crate = \"odd\", allow = [\"Odd\"] }]\n\
                    [bans]\nskip = [{ crate = \"old@1.2\" }]\ndeny = [{ crate = \"bad\", reason = \"no\" }]\n\
                    [sources]\nallow-registry = [\"https://example.com/index\"]\n";
        toml::parse(text).expect("it is read")
    }

    #[test]
    fn packages_that_keep_the_rules_pass() {
        let packages = [
            package("fine", "1.0.0", "MIT OR Odd", REGISTRY),
            package("odd", "1.0.0", "Odd AND MIT", REGISTRY),
            package("old", "1.2.3", "MIT", REGISTRY),
            package("old", "2.0.0", "MIT", REGISTRY),
        ];
        assert_eq!(offences(&rules(), &packages), Vec::<String>::new());
    }

    #[test]
    fn each_rule_finds_what_breaks_it() {
        for (broken, told) in [
            (package("fine", "1.0.0", "Odd", REGISTRY), "license"),
            (package("fine", "1.0.0", "", REGISTRY), "license"),
            (
                package("fine", "1.0.0", "MIT", "git+https://example.com/index"),
                "comes from git",
            ),
            (package("bad", "1.0.0", "MIT", REGISTRY), "not wanted: no"),
        ] {
            let told_of = offences(&rules(), &[broken]);
            assert!(told_of.len() == 1 && told_of[0].contains(told), "{told_of:?}");
        }
        let packages = ["1.20.0", "2.0.0"].map(|version| package("old", version, "MIT", REGISTRY));
        assert_eq!(
            offences(&rules(), &packages),
            ["old is there in several versions: 1.20.0, 2.0.0"]
        );
    }

    #[test]
    fn a_package_that_needs_a_later_rust_is_named() {
        let with = |version: &str| Package {
            rust_version: Some(version.into()),
            ..Package::default()
        };
        assert_eq!(
            too_new(&[with("1.88"), with("1.9.5"), Package::default()], "1.88.0"),
            Vec::<String>::new()
        );
        assert_eq!(too_new(&[with("1.89")], "1.88.0").len(), 1);
        assert_eq!(too_new(&[with("1.88.1")], "1.88.0").len(), 1);
    }
}
