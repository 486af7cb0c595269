//! A directory of .ics files as a side: listed by name, told apart by time of change and length. For measuring alone.
//!
//! Its change feed is the difference between the listing of the last session and that of this one, so what is missing
//! there is proved gone.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use shared::connector::{Ask, Capabilities, Connector, Cursor, Edit, Error, Next, Page, Place};
use shared::item::{Item, ItemId, Kind, Stamp, Version};
use shared::observation::{Extent, Permits, Seen, Sighting, Unreadable, Window};
use shared::side::Side;

use crate::{calendar, ics};

/// The versions of a side's files when it was last listed.
pub(crate) type Listing<'a> = HashMap<&'a str, &'a str>;

/// A directory.
pub(crate) struct Directory<'a> {
    side: Side,
    path: PathBuf,
    /// What is new or has another version.
    changed: BTreeMap<String, String>,
    /// What is not there any more.
    gone: Listing<'a>,
}

impl<'a> Directory<'a> {
    /// Lists a directory.
    pub(crate) fn list(side: Side, path: &Path, mut known: Listing<'a>) -> anyhow::Result<Self> {
        let (mut changed, mut version) = (BTreeMap::new(), String::new());
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| is_calendar(name)) else {
                continue;
            };
            version.clear();
            write_version(&mut version, &entry.metadata()?)?;
            if known.remove(name) != Some(version.as_str()) {
                changed.insert(name.to_owned(), version.clone());
            }
        }
        Ok(Self {
            side,
            path: path.to_owned(),
            changed,
            gone: known,
        })
    }

    /// True when it is as it was.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.changed.is_empty() && self.gone.is_empty()
    }

    /// Every file, whether it changed or not.
    fn all(&self) -> Result<Vec<Seen>, Error> {
        let mut all = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(unavailable)? {
            let name = entry.map_err(unavailable)?.file_name();
            if let Some(name) = name.to_str().filter(|name| is_calendar(name)) {
                all.extend(self.look(name)?);
            }
        }
        Ok(all)
    }

    /// One file; `None` when there is none.
    fn look(&self, name: &str) -> Result<Option<Seen>, Error> {
        let path = self.path.join(name);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unavailable(error)),
        };
        let version = match self.changed.get(name) {
            Some(version) => version.clone(),
            None => version(&fs::metadata(&path).map_err(unavailable)?),
        };
        Ok(Some(seen(name, version, &text)))
    }

    fn put(&self, name: &str, event: &ics::Event) -> Result<Sighting, Error> {
        let (path, beside) = (self.path.join(name), self.path.join(format!(".{name}")));
        let write = || -> std::io::Result<String> {
            let mut file = File::create(&beside)?;
            file.write_all(ics::write(event).as_bytes())?;
            let version = version(&file.metadata()?);
            fs::rename(&beside, &path)?;
            Ok(version)
        };
        Ok(sighting(name, write().map_err(unavailable)?, event))
    }

    /// The event of a file that must still have a version.
    fn expect(&self, name: &str, expected: &Version) -> Result<ics::Event, Error> {
        let path = self.path.join(name);
        let metadata = fs::metadata(&path).map_err(|_| Error::Missing)?;
        if version(&metadata) != expected.as_str() {
            return Err(Error::Conflict);
        }
        let text = fs::read_to_string(&path).map_err(unavailable)?;
        ics::read(&text).ok_or(Error::Conflict)
    }
}

fn is_calendar(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == "ics")
}

fn version(metadata: &Metadata) -> String {
    let mut version = String::new();
    // Text takes whatever is written to it.
    let _ = write_version(&mut version, metadata);
    version
}

fn write_version(version: &mut String, metadata: &Metadata) -> std::fmt::Result {
    let (seconds, nanoseconds) = (metadata.mtime(), metadata.mtime_nsec());
    write!(version, "{seconds}.{nanoseconds}-{}", metadata.len())
}

fn unavailable(error: std::io::Error) -> Error {
    let detail = error.to_string();
    Error::Unavailable { detail }
}

fn seen(name: &str, version: String, text: &str) -> Seen {
    match ics::read(text) {
        Some(event) => Seen::Item(Box::new(sighting(name, version, &event))),
        None => Seen::Unreadable(Box::new(Unreadable {
            id: ItemId::new(name),
            version: Version::new(version),
            reason: "There is no event in it.".to_owned(),
        })),
    }
}

fn sighting(name: &str, version: String, event: &ics::Event) -> Sighting {
    Sighting {
        id: ItemId::new(name),
        version: Version::new(version),
        item: Item::Appointment(event.appointment.clone()),
        permits: Permits::Everything,
        stamp: event.stamp.clone().map(Stamp::new),
        uid: Some(event.uid.clone()),
    }
}

impl Connector for Directory<'_> {
    fn side(&self) -> Side {
        self.side
    }

    fn capabilities(&self, _: Kind) -> Capabilities {
        calendar::everything()
    }

    async fn observe(&self, ask: &Ask) -> Result<Page, Error> {
        let (extent, seen) = match ask.place {
            Place::Start => (Extent::Full, self.all()?),
            Place::Cursor(_) | Place::Page(_) => {
                let changed = self.changed.keys();
                let seen: Result<Vec<Seen>, Error> = changed
                    .filter_map(|name| self.look(name).transpose())
                    .collect();
                (Extent::Delta, seen?)
            }
        };
        let gone = self.gone.keys().filter(|_| extent == Extent::Delta);
        Ok(Page {
            extent,
            seen,
            glimpsed: Vec::new(),
            suspects: Vec::new(),
            tombstones: gone.map(ItemId::new).collect(),
            present: Vec::new(),
            next: Next::Done(Cursor("listed".to_owned())),
        })
    }

    async fn read(&self, _: Kind, id: &ItemId) -> Result<Option<Seen>, Error> {
        self.look(id.as_str())
    }

    async fn find(&self, _: Kind, stamp: &Stamp) -> Result<Vec<Sighting>, Error> {
        let seen = self.look(&format!("{stamp}.ics"))?;
        Ok(seen.into_iter().filter_map(item).collect())
    }

    async fn stamped(&self, _: Kind, _: Window) -> Result<Vec<(Stamp, ItemId)>, Error> {
        let stamped = |sighting: Sighting| Some((sighting.stamp?, sighting.id));
        let all = self.all()?.into_iter();
        Ok(all.filter_map(item).filter_map(stamped).collect())
    }

    async fn create(&self, item: &Item, stamp: &Stamp) -> Result<Sighting, Error> {
        let Item::Appointment(appointment) = item;
        let event = ics::Event {
            uid: stamp.to_string(),
            stamp: Some(stamp.to_string()),
            appointment: appointment.clone(),
        };
        self.put(&format!("{stamp}.ics"), &event)
    }

    async fn update(&self, id: &ItemId, edit: &Edit) -> Result<Sighting, Error> {
        let mut event = self.expect(id.as_str(), &edit.expected)?;
        let Item::Appointment(wanted) = &edit.item;
        for unit in &edit.units {
            event.appointment.take(*unit, wanted);
        }
        self.put(id.as_str(), &event)
    }

    async fn delete(&self, _: Kind, id: &ItemId, expected: &Version) -> Result<(), Error> {
        match self.expect(id.as_str(), expected) {
            Ok(_) => fs::remove_file(self.path.join(id.as_str())).map_err(unavailable),
            Err(Error::Missing) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn item(seen: Seen) -> Option<Sighting> {
    match seen {
        Seen::Item(sighting) => Some(*sighting),
        Seen::Unreadable(_) => None,
    }
}
