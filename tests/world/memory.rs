//! One side in memory: items, a change feed, versions, stamps, and faults that a story switches on.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use shared::clock::Clock;
use shared::connector::{Ask, Capabilities, Connector, Cursor, Edit, Error, Next, Page, Place};
use shared::item::appointment::{Appointment, Links};
use shared::item::{Item, ItemId, Kind, Stamp, Version};
use shared::observation::{Extent, Permits, Seen, Sighting, Unreadable, Window};
use shared::plan::series::touches;
use shared::side::Side;

/// Which vendor a side is like, where vendors differ in what they do and not in what they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Like {
    /// Deletions leave no trace.
    SuperOffice,
    /// The feed says that something left, not why; listings show no stamps.
    Outlook,
    /// Deletions are proved; the stamp is the id, shown everywhere, and taken for good.
    Google,
}

/// One side in memory.
pub(crate) struct Memory {
    side: Side,
    like: Like,
    capabilities: Capabilities,
    state: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    items: BTreeMap<ItemId, Kept>,
    removed: BTreeMap<ItemId, u64>,
    /// Stamps that were given once.
    spent: BTreeSet<Stamp>,
    seq: u64,
    born: u64,
    writes: usize,
    calls: usize,
    expired: bool,
    page: usize,
    faults: VecDeque<Fault>,
    slow: Option<(Clock, Duration)>,
}

#[derive(Clone)]
struct Kept {
    appointment: Appointment,
    changed: u64,
    stamp: Option<Stamp>,
    uid: Option<String>,
    permits: Permits,
    unreadable: Option<String>,
}

/// What the next call of a kind comes to.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// Which call.
    pub(crate) call: Call,
    /// What it answers.
    pub(crate) error: Error,
    /// True: the call takes effect, only the answer is lost.
    pub(crate) lands: bool,
}

/// The calls that can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Observe,
    Create,
    Update,
    Delete,
}

impl Memory {
    pub(crate) fn new(side: Side, capabilities: Capabilities, like: Like) -> Self {
        let state = Mutex::new(Shelf {
            page: 50,
            ..Shelf::default()
        });
        Self {
            side,
            like,
            capabilities,
            state,
        }
    }

    // --- what a person does ---

    /// A person makes an item.
    pub(crate) fn add(&self, appointment: Appointment) -> ItemId {
        let mut shelf = self.state.lock().unwrap();
        shelf.put_new(self.side, appointment, None)
    }

    /// A second copy under the same stamp, as a request that comes late makes it.
    pub(crate) fn double(&self, id: &ItemId) -> ItemId {
        let mut shelf = self.state.lock().unwrap();
        let kept = &shelf.items[id];
        let (appointment, stamp) = (kept.appointment.clone(), kept.stamp.clone());
        shelf.put_new(self.side, appointment, stamp)
    }

    /// A person changes an item.
    pub(crate) fn edit(&self, id: &ItemId, change: impl FnOnce(&mut Appointment)) {
        let mut shelf = self.state.lock().unwrap();
        shelf.seq += 1;
        let seq = shelf.seq;
        let kept = shelf.items.get_mut(id).expect("an item to edit");
        change(&mut kept.appointment);
        kept.changed = seq;
    }

    /// A person deletes an item.
    pub(crate) fn remove(&self, id: &ItemId) {
        self.state.lock().unwrap().remove(id);
    }

    /// A person takes an item out of the bin.
    pub(crate) fn restore(&self, id: &ItemId, appointment: Appointment) {
        let mut shelf = self.state.lock().unwrap();
        shelf.seq += 1;
        shelf.removed.remove(id);
        let kept = Kept::new(appointment, shelf.seq, None);
        shelf.items.insert(id.clone(), kept);
    }

    /// From now on only so much of an item may be written.
    pub(crate) fn permit(&self, id: &ItemId, permits: Permits) {
        self.state
            .lock()
            .unwrap()
            .items
            .get_mut(id)
            .expect("an item")
            .permits = permits;
    }

    /// Gives an item the UID of a meeting.
    pub(crate) fn name(&self, id: &ItemId, uid: &str) {
        self.state
            .lock()
            .unwrap()
            .items
            .get_mut(id)
            .expect("an item")
            .uid = Some(uid.to_owned());
    }

    /// From now on an item cannot be read.
    pub(crate) fn spoil(&self, id: &ItemId, reason: &str) {
        self.edit(id, |_| {});
        self.state
            .lock()
            .unwrap()
            .items
            .get_mut(id)
            .expect("an item")
            .unreadable = Some(reason.to_owned());
    }

    // --- what goes wrong ---

    /// From now on every call takes so long by this clock.
    pub(crate) fn slow_down(&self, clock: &Clock, takes: Duration) {
        self.state.lock().unwrap().slow = Some((clock.clone(), takes));
    }

    /// The next call of a kind fails.
    pub(crate) fn fail(&self, call: Call, error: Error, lands: bool) {
        self.state
            .lock()
            .unwrap()
            .faults
            .push_back(Fault { call, error, lands });
    }

    /// The feed forgets all cursors.
    pub(crate) fn expire_cursors(&self) {
        self.state.lock().unwrap().expired = true;
    }

    // --- what is there ---

    pub(crate) fn items(&self) -> Vec<(ItemId, Appointment)> {
        let shelf = self.state.lock().unwrap();
        shelf
            .items
            .iter()
            .map(|(id, kept)| (id.clone(), kept.appointment.clone()))
            .collect()
    }

    pub(crate) fn subjects(&self) -> Vec<String> {
        let mut subjects: Vec<String> = self
            .items()
            .into_iter()
            .map(|(_, appointment)| appointment.subject)
            .collect();
        subjects.sort();
        subjects
    }

    pub(crate) fn writes(&self) -> usize {
        self.state.lock().unwrap().writes
    }

    pub(crate) fn calls(&self) -> usize {
        self.state.lock().unwrap().calls
    }

    fn sighting(&self, id: &ItemId, kept: &Kept) -> Sighting {
        Sighting {
            id: id.clone(),
            version: version(kept),
            item: Item::Appointment(kept.appointment.clone()),
            permits: kept.permits,
            stamp: kept.stamp.clone().filter(|_| self.like == Like::Google),
            uid: kept.uid.clone(),
        }
    }

    fn seen(&self, id: &ItemId, kept: &Kept) -> Seen {
        match &kept.unreadable {
            None => Seen::Item(Box::new(self.sighting(id, kept))),
            Some(reason) => Seen::Unreadable(Box::new(Unreadable {
                id: id.clone(),
                version: version(kept),
                reason: reason.clone(),
            })),
        }
    }

    fn begin(&self, call: Option<Call>) -> Result<Option<Fault>, Error> {
        let mut shelf = self.state.lock().unwrap();
        shelf.calls += 1;
        if let Some((clock, takes)) = &shelf.slow {
            clock.advance(*takes);
        }
        let Some(at) = shelf
            .faults
            .iter()
            .position(|fault| Some(fault.call) == call)
        else {
            return Ok(None);
        };
        let fault = shelf.faults.remove(at).expect("the fault just found");
        if fault.lands {
            Ok(Some(fault))
        } else {
            Err(fault.error)
        }
    }

    /// What this side makes of what it is given.
    fn normalised(
        &self,
        mut appointment: Appointment,
        before: Option<&Appointment>,
    ) -> Appointment {
        if !self.capabilities.shades_of_busy {
            appointment.show_as = appointment.show_as.in_crm();
        }
        if self.side == Side::Crm {
            appointment.categories.clear();
            appointment.links = before.map_or_else(
                || Links {
                    follow_up_type: "Meeting".to_owned(),
                    ..Links::default()
                },
                |before| before.links.clone(),
            );
        }
        appointment
    }
}

impl Shelf {
    fn put_new(&mut self, side: Side, appointment: Appointment, stamp: Option<Stamp>) -> ItemId {
        self.seq += 1;
        self.born += 1;
        let id = ItemId::new(format!("{}{}", side.word(), self.born));
        self.items
            .insert(id.clone(), Kept::new(appointment, self.seq, stamp));
        id
    }

    fn remove(&mut self, id: &ItemId) {
        self.seq += 1;
        if self.items.remove(id).is_some() {
            self.removed.insert(id.clone(), self.seq);
        }
    }
}

impl Kept {
    fn new(appointment: Appointment, changed: u64, stamp: Option<Stamp>) -> Self {
        Self {
            appointment,
            changed,
            stamp,
            uid: None,
            permits: Permits::Everything,
            unreadable: None,
        }
    }
}

fn version(kept: &Kept) -> Version {
    Version::new(format!("v{}", kept.changed))
}

fn answered<T>(fault: Option<Fault>, value: T) -> Result<T, Error> {
    fault.map_or(Ok(value), |fault| Err(fault.error))
}

impl Connector for Memory {
    fn side(&self) -> Side {
        self.side
    }

    fn capabilities(&self, _: Kind) -> Capabilities {
        self.capabilities.clone()
    }

    async fn observe(&self, ask: &Ask) -> Result<Page, Error> {
        self.begin(Some(Call::Observe))?;
        let shelf = self.state.lock().unwrap();
        let (since, after) = match &ask.place {
            Place::Start => (None, 0),
            Place::Cursor(_) if shelf.expired => {
                drop(shelf);
                self.state.lock().unwrap().expired = false;
                return Err(Error::CursorExpired);
            }
            Place::Cursor(Cursor(text)) => (Some(text.parse::<u64>().unwrap()), 0),
            Place::Page(text) => (None, text.parse::<usize>().unwrap()),
        };
        let extent = if since.is_none() {
            Extent::Full
        } else {
            ask.extent
        };
        let is_delta = since.is_some();
        let in_window = |kept: &Kept| {
            (is_delta && self.like == Like::Google) || touches(&kept.appointment.when, ask.window)
        };
        let fresh = |changed: u64| since.is_none_or(|since| changed > since);
        let reported: Vec<(&ItemId, &Kept)> = shelf
            .items
            .iter()
            .filter(|(_, kept)| in_window(kept) && fresh(kept.changed))
            .collect();
        let page: Vec<Seen> = reported
            .iter()
            .skip(after)
            .take(shelf.page)
            .map(|(id, kept)| self.seen(id, kept))
            .collect();
        let more = reported.len() > after + page.len();
        let left = shelf
            .items
            .iter()
            .filter(|(_, kept)| !in_window(kept) && since.is_some() && fresh(kept.changed));
        let gone = shelf
            .removed
            .iter()
            .filter(|(_, at)| since.is_some_and(|since| **at > since));
        let (left, gone) = (
            left.map(|(id, _)| id.clone()),
            gone.map(|(id, _)| id.clone()),
        );
        let (suspects, tombstones) = match self.like {
            Like::SuperOffice => (Vec::new(), Vec::new()),
            // As calendarView/delta: what left the window is called removed just like what was deleted.
            Like::Outlook => (left.chain(gone).collect(), Vec::new()),
            // The feed knows no window: what was moved is shown where it is now.
            Like::Google => (Vec::new(), gone.collect()),
        };
        let present = match extent {
            Extent::Delta => Vec::new(),
            Extent::Census | Extent::Full => shelf
                .items
                .iter()
                .filter(|(_, kept)| in_window(kept))
                .map(|(id, _)| id.clone())
                .collect(),
        };
        let next = if more {
            Next::Page((after + page.len()).to_string())
        } else {
            Next::Done(Cursor(shelf.seq.to_string()))
        };
        Ok(Page {
            extent,
            glimpsed: Vec::new(),
            seen: page,
            suspects,
            tombstones,
            present,
            next,
        })
    }

    async fn read(&self, _: Kind, id: &ItemId) -> Result<Option<Seen>, Error> {
        self.begin(None)?;
        let shelf = self.state.lock().unwrap();
        Ok(shelf.items.get(id).map(|kept| self.seen(id, kept)))
    }

    async fn find(&self, _: Kind, stamp: &Stamp) -> Result<Vec<Sighting>, Error> {
        self.begin(None)?;
        let shelf = self.state.lock().unwrap();
        let carries = |kept: &&Kept| kept.stamp.as_ref() == Some(stamp);
        Ok(shelf
            .items
            .iter()
            .filter(|(_, kept)| carries(kept))
            .map(|(id, kept)| self.sighting(id, kept))
            .collect())
    }

    async fn stamped(&self, _: Kind, _: Window) -> Result<Vec<(Stamp, ItemId)>, Error> {
        self.begin(None)?;
        let shelf = self.state.lock().unwrap();
        Ok(shelf
            .items
            .iter()
            .filter_map(|(id, kept)| Some((kept.stamp.clone()?, id.clone())))
            .collect())
    }

    async fn create(&self, item: &Item, stamp: &Stamp) -> Result<Sighting, Error> {
        let fault = self.begin(Some(Call::Create))?;
        let Item::Appointment(appointment) = item;
        let mut shelf = self.state.lock().unwrap();
        let known = shelf
            .items
            .iter()
            .find(|(_, kept)| kept.stamp.as_ref() == Some(stamp))
            .map(|(id, _)| id.clone());
        let spent = self.like == Like::Google && shelf.spent.contains(stamp);
        if known.is_none() && spent {
            return Err(Error::Refused {
                reason: "the id was taken before".to_owned(),
            });
        }
        let id = known.unwrap_or_else(|| {
            shelf.spent.insert(stamp.clone());
            shelf.writes += 1;
            let made = self.normalised(appointment.clone(), None);
            shelf.put_new(self.side, made, Some(stamp.clone()))
        });
        answered(fault, self.sighting(&id, &shelf.items[&id]))
    }

    async fn update(&self, id: &ItemId, edit: &Edit) -> Result<Sighting, Error> {
        let fault = self.begin(Some(Call::Update))?;
        let Item::Appointment(wanted) = &edit.item;
        let mut shelf = self.state.lock().unwrap();
        let seq = shelf.seq + 1;
        let Some(kept) = shelf.items.get_mut(id) else {
            return Err(Error::Missing);
        };
        if version(kept) != edit.expected {
            return Err(Error::Conflict);
        }
        let before = kept.appointment.clone();
        let mut after = before.clone();
        for unit in &edit.units {
            after.take(*unit, wanted);
        }
        after.participants.clone_from(&before.participants);
        after.attendees.clone_from(&before.attendees);
        kept.appointment = self.normalised(after, Some(&before));
        kept.changed = seq;
        shelf.seq = seq;
        shelf.writes += 1;
        answered(fault, self.sighting(id, &shelf.items[id]))
    }

    async fn delete(&self, _: Kind, id: &ItemId, expected: &Version) -> Result<(), Error> {
        let fault = self.begin(Some(Call::Delete))?;
        let mut shelf = self.state.lock().unwrap();
        match shelf.items.get(id) {
            None => return Ok(()),
            Some(kept) if version(kept) != *expected => return Err(Error::Conflict),
            Some(_) => {}
        }
        shelf.writes += 1;
        shelf.remove(id);
        answered(fault, ())
    }
}
