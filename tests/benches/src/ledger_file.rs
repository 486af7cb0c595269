//! The memory of a pair of directories between two sessions: the ledger's mappings, and beside them the listing they were
//! last seen with, so that a session that finds nothing changed need not read them. For measuring alone: a session that
//! is killed leaves the state of the one before.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Context as _;
use shared::ledger::{Lease, Ledger};
use shared::mapping::Mapping;
use shared::side::{Both, Side};

use crate::directory::Listing;

const LISTING: &str = "listing";
const MAPPINGS: &str = "mappings";

/// What was kept of the listings; `None` before the first session.
pub(crate) fn listings(state: &Path) -> Option<String> {
    fs::read_to_string(state.join(LISTING)).ok()
}

/// The listing of each side.
pub(crate) fn listing(text: &str) -> anyhow::Result<Both<Listing<'_>>> {
    let lines = text.bytes().filter(|byte| *byte == b'\n').count();
    let mut listing = Both::from_fn(|_| HashMap::with_capacity(lines / 2));
    for line in text.lines() {
        let (side, line) = line.split_at(1);
        let (version, name) = line.split_once(' ').context("a line of a listing")?;
        let side = if side == "c" {
            Side::Crm
        } else {
            Side::Mailbox
        };
        listing.on_mut(side).insert(name, version);
    }
    Ok(listing)
}

/// Fills a ledger with what was kept.
pub(crate) async fn load(state: &Path, ledger: &Ledger, lease: &Lease) -> anyhow::Result<()> {
    for line in fs::read_to_string(state.join(MAPPINGS))?.lines() {
        let mapping: Mapping = serde_json::from_str(line)?;
        ledger.put_mapping(lease, &mapping, None).await?;
    }
    Ok(())
}

/// Keeps a ledger.
pub(crate) fn save(state: &Path, mappings: &[Mapping]) -> anyhow::Result<()> {
    fs::create_dir_all(state)?;
    let mut listing = String::new();
    let mut kept = BufWriter::new(fs::File::create(state.join("mappings.new"))?);
    for mapping in mappings {
        serde_json::to_writer(&mut kept, mapping)?;
        kept.write_all(b"\n")?;
        for (word, side) in [('c', Side::Crm), ('m', Side::Mailbox)] {
            if let (Some(id), Some(baseline)) = (mapping.ids.on(side), mapping.baseline.on(side)) {
                writeln!(listing, "{word}{} {id}", baseline.version)?;
            }
        }
    }
    kept.flush()?;
    fs::write(state.join("listing.new"), listing)?;
    for name in [MAPPINGS, LISTING] {
        fs::rename(state.join(format!("{name}.new")), state.join(name))?;
    }
    Ok(())
}
