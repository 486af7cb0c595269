//! What changed in a diary, and what is there.
//!
//! A `Delta` is one query for rows stamped since the cursor, plus reads of the series that really changed; single appointments are glimpsed, and read
//! where the ledger does not know their version. It cannot see
//! deletions: SuperOffice removes rows without a trace. A `Census` adds the ids of all rows in the window (an item that is
//! missing there is to be confirmed by reading) and reads the series that lost or gained a row and the items that came
//! into the window as it moved. `Full` reads everything in the window.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use super::archive::{Row, Standing, series_id, single_id, version};
use super::cursor::{self, Place};
use super::diary::{Diary, by_rule};
use super::series::View;
use super::texts;
use crate::connector::{self, AT_ONCE, Ask, Cursor, Error, Next, Page};
use crate::item::ItemId;
use crate::observation::{Extent, Glimpse, Window};

/// An empty, complete round: a kind that is not carried yet.
pub(super) fn nothing() -> Page {
    page(Extent::Full, Cursor("1".to_owned()))
}

fn page(extent: Extent, cursor: Cursor) -> Page {
    Page {
        extent,
        seen: Vec::new(),
        glimpsed: Vec::new(),
        suspects: Vec::new(),
        tombstones: Vec::new(),
        present: Vec::new(),
        next: Next::Done(cursor),
    }
}

/// What is to be read.
#[derive(Debug, Default)]
struct Wanted {
    singles: Vec<Row>,
    series: BTreeSet<i64>,
    /// Bookings that are over.
    over: Vec<ItemId>,
}

impl Wanted {
    fn add(&mut self, row: &Row) {
        match row.standing() {
            Standing::InDiary if row.rule == 0 => self.singles.push(row.clone()),
            // An occurrence that is over changes its series.
            Standing::InDiary | Standing::Over if row.rule != 0 => {
                self.series.insert(row.rule);
            }
            Standing::Over => self.over.push(single_id(row.id)),
            Standing::InDiary | Standing::Elsewhere => {}
        }
    }
}

impl Diary {
    /// One round, in one page.
    pub(super) async fn changes(&self, ask: &Ask) -> Result<Page, Error> {
        let whose = cursor::whose(self.tenant.as_str(), self.owner);
        match &ask.place {
            connector::Place::Start => self.everything(whose, ask.window).await,
            connector::Place::Cursor(cursor) => match (Place::of(cursor, &whose), ask.extent) {
                (None, _) => Err(Error::CursorExpired),
                (Some(_), Extent::Full) => self.everything(whose, ask.window).await,
                (Some(place), extent) => self.since(place, ask.window, extent).await,
            },
            // Rounds have one page.
            connector::Place::Page(_) => Err(Error::CursorExpired),
        }
    }

    async fn everything(&self, whose: String, window: Window) -> Result<Page, Error> {
        let found = self.door().rows(&self.inside(window)).await?;
        let at = found.at.unwrap_or_else(|| latest(&found.rows));
        let mut place = Place {
            whose,
            at,
            until: window.until,
            recent: recent(&found.rows, at),
            series: BTreeMap::new(),
        };
        let mut wanted = Wanted::default();
        found.rows.iter().for_each(|row| wanted.add(row));
        let present = present(&found.rows);
        let mut page = self.read_wanted(wanted, &mut place).await?;
        page.extent = Extent::Full;
        page.present = present;
        page.next = Next::Done(place.cursor());
        Ok(page)
    }

    async fn since(&self, mut place: Place, window: Window, extent: Extent) -> Result<Page, Error> {
        let found = self.door().rows(&self.stamped_since(place.since())).await?;
        let mut wanted = Wanted::default();
        found
            .rows
            .iter()
            .filter(|row| place.recent.get(&row.id) != Some(&row.count))
            .for_each(|row| wanted.add(row));
        place.at = found
            .at
            .unwrap_or_else(|| latest(&found.rows).max(place.at));
        place.recent = recent(&found.rows, place.at);
        let present = match extent {
            Extent::Delta => Vec::new(),
            Extent::Census | Extent::Full => self.census(&mut place, window, &mut wanted).await?,
        };
        let mut page = self.read_wanted(wanted, &mut place).await?;
        page.extent = extent;
        page.present = present;
        page.next = Next::Done(place.cursor());
        Ok(page)
    }

    /// Every item in the window; adds to what is to be read what a delta cannot see.
    async fn census(
        &self,
        place: &mut Place,
        window: Window,
        wanted: &mut Wanted,
    ) -> Result<Vec<ItemId>, Error> {
        let rows = self.door().rows(&self.inside(window)).await?.rows;
        let edge = place
            .until
            .checked_sub(SignedDuration::from_hours(48))
            .unwrap_or(place.until);
        let is_new = |row: &&Row| {
            window.until > place.until
                && texts::instant(&row.start).is_none_or(|start| start >= edge)
        };
        let known: BTreeSet<i64> = wanted.singles.iter().map(|row| row.id).collect();
        rows.iter()
            .filter(is_new)
            .filter(|row| !known.contains(&row.id))
            .for_each(|row| wanted.add(row));
        place.until = place.until.max(window.until);
        let rules: Vec<i64> = by_rule(rows.clone())
            .into_keys()
            .filter(|rule| *rule != 0)
            .collect();
        let all = self.door().rows_of_rules(&rules, self.owner).await?;
        for (rule, rows) in &all {
            if place.series.get(rule) != Some(&cursor::piece(&version(in_diary(rows)))) {
                wanted.series.insert(*rule);
            }
        }
        Ok(present(&rows))
    }

    async fn read_wanted(&self, wanted: Wanted, place: &mut Place) -> Result<Page, Error> {
        let series: Vec<(i64, Option<View>)> = stream::iter(wanted.series)
            .map(|rule| async move { Ok::<_, Error>((rule, self.view(rule).await?)) })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let mut page = page(Extent::Delta, place.cursor());
        page.tombstones = wanted.over;
        page.glimpsed = wanted
            .singles
            .iter()
            .map(|row| Glimpse {
                id: single_id(row.id),
                version: version([row]),
            })
            .collect();
        for (rule, view) in series {
            let Some(view) = view else {
                place.series.remove(&rule);
                page.tombstones.push(series_id(rule));
                continue;
            };
            place.series.insert(rule, cursor::piece(&view.version()));
            // Whoever knew the first row as a single appointment learns that it is none any more.
            page.tombstones
                .extend(view.rows.iter().map(|row| row.id).min().map(single_id));
            page.seen.push(view.seen());
        }
        Ok(page)
    }

    fn stamped_since(&self, since: Timestamp) -> String {
        let since = texts::literal(since);
        format!(
            "appointment.associate_id eq {} and (appointment.updated afterTime {since} or appointment.registered afterTime {since})",
            self.owner
        )
    }

    /// Rows in the window, with a day to spare: the zone of a literal is not documented.
    fn inside(&self, window: Window) -> String {
        let day = SignedDuration::from_hours(24);
        let from = texts::literal(window.from.checked_sub(day).unwrap_or(window.from));
        let until = texts::literal(window.until.checked_add(day).unwrap_or(window.until));
        format!(
            "appointment.associate_id eq {} and appointment.endDate afterTime {from} and appointment.activeDate beforeTime {until}",
            self.owner
        )
    }
}

/// The rows of a series that count.
pub(super) fn in_diary(rows: &[Row]) -> impl Iterator<Item = &Row> {
    rows.iter()
        .filter(|row| row.standing() == Standing::InDiary)
}

fn present(rows: &[Row]) -> Vec<ItemId> {
    in_diary(rows)
        .map(Row::item)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// Rows stamped so lately that the next query will find them again. One whose stamp cannot be read may be.
fn recent(rows: &[Row], at: Timestamp) -> BTreeMap<i64, i64> {
    let since = cursor::overlapped(at);
    rows.iter()
        .filter(|row| row.touched().is_none_or(|touched| touched >= since))
        .map(|row| (row.id, row.count))
        .collect()
}

/// The latest stamp of rows: the server's clock where it does not tell the time.
fn latest(rows: &[Row]) -> Timestamp {
    rows.iter()
        .filter_map(Row::touched)
        .max()
        .unwrap_or(Timestamp::UNIX_EPOCH)
}
