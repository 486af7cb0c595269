//! What a plan is made from, put together by hand: what each side showed, and what the ledger knows.

use jiff::Timestamp;
use shared::colleagues::Colleagues;
use shared::connector::Capabilities;
use shared::item::appointment::Appointment;
use shared::item::{Item, ItemId, Kind, Stamp, Version};
use shared::mapping::{Mapping, Pairing, State};
use shared::observation::{Permits, Seen, Sighting, Unreadable, Window};
use shared::plan::change::baseline;
use shared::plan::{self, Action, Input, Look};
use shared::preferences::Preferences;
use shared::side::{Both, Side};

use super::{hour, outlook, superoffice};

/// One pass, as the planner is told of it.
pub(crate) struct Scene {
    pub(crate) mappings: Vec<Mapping>,
    pub(crate) looks: Both<Look>,
    pub(crate) preferences: Preferences,
    pub(crate) capabilities: Both<Capabilities>,
    pub(crate) colleagues: Colleagues,
}

impl Scene {
    /// Nothing shown, nothing known.
    pub(crate) fn empty() -> Self {
        Self {
            mappings: Vec::new(),
            looks: Both::default(),
            preferences: Preferences::default(),
            capabilities: Both {
                crm: superoffice(),
                mailbox: outlook(),
            },
            colleagues: Colleagues::default(),
        }
    }

    /// One pair, c1 and m1, linked and as it was agreed.
    pub(crate) fn of(crm: Appointment, mailbox: Appointment) -> Self {
        let mut scene = Self::empty();
        let seen = Both {
            crm: scene.shows(Side::Crm, "c1", crm).clone(),
            mailbox: scene.shows(Side::Mailbox, "m1", mailbox).clone(),
        };
        let ids = seen.as_ref().map(|seen| Some(seen.id.clone()));
        let stamp = Stamp::new("sync-1-0");
        let mut mapping = Mapping::new(stamp, Kind::Appointment, ids, State::Linked);
        mapping.baseline = seen.as_ref().map(|seen| Some(baseline(seen)));
        scene.mappings.push(mapping);
        scene
    }

    /// What a side shows under an id, in a version of its own.
    pub(crate) fn shows(&mut self, side: Side, id: &str, item: Appointment) -> &mut Sighting {
        let look = self.looks.on_mut(side);
        let (id, version) = (
            ItemId::new(id),
            Version::new(format!("{id}-{}", look.seen.len())),
        );
        look.gone.remove(&id);
        let seen = Sighting {
            id: id.clone(),
            version,
            item: Item::Appointment(item),
            permits: Permits::Everything,
            stamp: None,
            uid: None,
        };
        look.seen.insert(id.clone(), Seen::Item(Box::new(seen)));
        self.seen(side, id.as_str())
    }

    /// The sighting of an item that a side shows.
    pub(crate) fn seen(&mut self, side: Side, id: &str) -> &mut Sighting {
        match self.looks.on_mut(side).seen.get_mut(&ItemId::new(id)) {
            Some(Seen::Item(sighting)) => sighting,
            Some(Seen::Unreadable(_)) | None => unreachable!("{id} is shown"),
        }
    }

    /// Somebody changes an item.
    pub(crate) fn edit(&mut self, side: Side, id: &str, edit: impl FnOnce(&mut Appointment)) {
        let seen = self.seen(side, id);
        seen.version = Version::new(format!("{}, edited", seen.version.as_str()));
        let Item::Appointment(appointment) = &mut seen.item;
        edit(appointment);
    }

    /// An item is proved to be gone.
    pub(crate) fn loses(&mut self, side: Side, id: &str) {
        let look = self.looks.on_mut(side);
        look.seen.remove(&ItemId::new(id));
        look.gone.insert(ItemId::new(id));
    }

    /// An item is there, but cannot be carried as it is now.
    pub(crate) fn hides(&mut self, side: Side, id: &str, reason: &str) {
        let id = ItemId::new(id);
        let unreadable = Unreadable {
            id: id.clone(),
            version: Version::new("hidden"),
            reason: reason.to_owned(),
        };
        let look = self.looks.on_mut(side);
        look.seen.insert(id, Seen::Unreadable(Box::new(unreadable)));
    }

    /// A second mapping that agrees on what the first one does, of items with other ids.
    pub(crate) fn maps_alike(&mut self, stamp: &str, crm: &str, mailbox: &str) {
        let mut second = self.mapping().clone();
        second.id = Stamp::new(stamp);
        second.ids = Both {
            crm: Some(ItemId::new(crm)),
            mailbox: Some(ItemId::new(mailbox)),
        };
        self.mappings.push(second);
    }

    /// The one mapping of the scene.
    pub(crate) fn mapping(&mut self) -> &mut Mapping {
        self.mappings.first_mut().unwrap()
    }

    pub(crate) fn with<T>(&self, act: impl FnOnce(&Input<'_>) -> T) -> T {
        let now = now();
        act(&Input {
            kind: Kind::Appointment,
            now,
            due_until: now,
            window: Window::around(now),
            pairing: &Pairing {
                tenant: "Cust1".to_owned(),
                associate: "5".to_owned(),
                mailbox: "a@b".to_owned(),
            },
            preferences: &self.preferences,
            capabilities: &self.capabilities,
            colleagues: &self.colleagues,
            mappings: &self.mappings,
            looks: self.looks.as_ref(),
            takes_new: Both {
                crm: true,
                mailbox: true,
            },
        })
    }

    /// What the planner makes of it: a sound plan, its actions in order.
    pub(crate) fn plan(&self) -> Vec<Action> {
        self.with(|input| {
            let actions = plan::plan(input).all(input);
            assert_eq!(plan::check::check(input, &actions), Vec::<String>::new());
            actions
        })
    }

    /// The only thing there is to do.
    pub(crate) fn only(&self) -> Action {
        let mut actions = self.plan();
        assert_eq!(actions.len(), 1, "{actions:#?}");
        actions.remove(0)
    }

    /// The plan in words, without the reasons.
    pub(crate) fn told(&self) -> Vec<String> {
        let actions = self.plan();
        let word = |action: &Action| {
            let line = action.to_string();
            let words = line.split(" (").next().unwrap_or_default();
            words.trim_start_matches("appointment ").trim().to_owned()
        };
        actions.iter().map(word).collect()
    }
}

pub(crate) const CRM: Side = Side::Crm;
pub(crate) const MAILBOX: Side = Side::Mailbox;

/// An hour with a name.
pub(crate) fn budget() -> Appointment {
    hour("Budget", "2026-11-10T09:00")
}

/// A linked pair of hours that says the same.
pub(crate) fn pair() -> Scene {
    Scene::of(budget(), budget())
}

/// When the pass of a scene begins.
pub(crate) fn now() -> Timestamp {
    "2026-11-02T08:00:00Z".parse().unwrap()
}
