//! A directory of .ics files as a side: listed by name, told apart by time of change and length. For measuring alone.
//!
//! Its change feed is the difference between the listing of the last session and that of this one, so what is missing
//! there is proved gone.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use shared::connector::{Ask, Capabilities, Connector, Cursor, Edit, Error, Next, Page, Place};
use shared::item::{Item, ItemId, Kind, Stamp, Version};
use shared::observation::{Extent, Permits, Seen, Sighting, Unreadable, Window};
use shared::side::Side;

use crate::{calendar, ics};

/// What was known of a side when it was last listed.
pub(crate) type Listing = HashMap<String, String>;

/// A directory.
pub(crate) struct Directory {
    side: Side,
    path: PathBuf,
    files: HashMap<String, String>,
    known: Listing,
}

impl Directory {
    /// Lists a directory.
    pub(crate) fn list(side: Side, path: &Path, known: Listing) -> std::io::Result<Self> {
        let mut files = HashMap::with_capacity(known.len());
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            if let Ok(name) = entry.file_name().into_string()
                && Path::new(&name).extension().is_some_and(|end| end == "ics")
            {
                files.insert(name, version(&entry.metadata()?));
            }
        }
        Ok(Self {
            side,
            path: path.to_owned(),
            files,
            known,
        })
    }

    /// True when it is as it was.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.files.len() == self.known.len() && self.changed().next().is_none()
    }

    fn changed(&self) -> impl Iterator<Item = &String> {
        self.files
            .iter()
            .filter(|(name, version)| self.known.get(*name) != Some(version))
            .map(|(name, _)| name)
    }

    fn gone(&self) -> impl Iterator<Item = &String> {
        self.known
            .keys()
            .filter(|name| !self.files.contains_key(*name))
    }

    /// One file; `None` when there is none.
    fn look(&self, name: &str) -> Result<Option<Seen>, Error> {
        let path = self.path.join(name);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unavailable(error)),
        };
        let version = match self.files.get(name) {
            Some(version) if self.known.get(name) != Some(version) => version.clone(),
            _ => version(&fs::metadata(&path).map_err(unavailable)?),
        };
        Ok(Some(seen(name, version, &text)))
    }

    fn put(&self, name: &str, event: &ics::Event) -> Result<Sighting, Error> {
        let (path, beside) = (self.path.join(name), self.path.join(format!(".{name}")));
        let write = || {
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

fn version(metadata: &Metadata) -> String {
    format!(
        "{}.{}-{}",
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.len()
    )
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

impl Connector for Directory {
    fn side(&self) -> Side {
        self.side
    }

    fn capabilities(&self, _: Kind) -> Capabilities {
        calendar::everything()
    }

    async fn observe(&self, ask: &Ask) -> Result<Page, Error> {
        let look = |name: &String| self.look(name).transpose();
        let (extent, seen): (_, Result<Vec<Seen>, Error>) = match ask.place {
            Place::Start => (Extent::Full, self.files.keys().filter_map(look).collect()),
            Place::Cursor(_) | Place::Page(_) => {
                (Extent::Delta, self.changed().filter_map(look).collect())
            }
        };
        let gone = self.gone().filter(|_| extent == Extent::Delta);
        Ok(Page {
            extent,
            seen: seen?,
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
        let all = self
            .files
            .keys()
            .filter_map(|name| self.look(name).transpose());
        let all: Result<Vec<Seen>, Error> = all.collect();
        let stamped = |sighting: Sighting| Some((sighting.stamp?, sighting.id));
        Ok(all?
            .into_iter()
            .filter_map(item)
            .filter_map(stamped)
            .collect())
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
