//! Joining SuperOffice users to mailboxes. A draft is a list of pairs that is stored nowhere until it is saved; names and
//! addresses come from the vendors' lists every time, never from the form.

use std::collections::BTreeSet;

use shared::profile::Profile;
use shared::user::{Associate, LinkedUser, Listed, Mailbox, UserId};

use super::{crm, mailbox};
use crate::contexts::Administrator;
use crate::failure::Failure;

/// Everybody who could be linked, and everybody who is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Candidates {
    /// SuperOffice users, by name.
    pub(crate) associates: Vec<Associate>,
    /// Mailboxes, by name.
    pub(crate) mailboxes: Vec<Listed>,
    /// All links of the tenant.
    pub(crate) links: Vec<LinkedUser>,
}

/// A SuperOffice user and a mailbox that shall be linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    /// The SuperOffice user.
    pub(crate) associate: Associate,
    /// The mailbox.
    pub(crate) mailbox: Mailbox,
}

/// What auto-link found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// Pairs with equal addresses.
    pub(crate) found: Vec<Pair>,
    /// Who was left alone, and why.
    pub(crate) alone: Vec<(Associate, String)>,
}

impl Candidates {
    /// Reads both vendors' lists.
    pub(crate) async fn load(
        administrator: &mut Administrator,
        profile: &Profile,
    ) -> Result<Self, Failure> {
        let mailboxes = mailbox::mailboxes(administrator.portal(), profile).await?;
        let associates = crm::associates(administrator.signed_in()).await?;
        Ok(Self {
            associates,
            mailboxes,
            links: administrator.links().await?,
        })
    }

    /// The pair with these ids, if both may still be linked.
    pub(crate) fn pair(&self, associate: &str, mailbox: &str) -> Result<Pair, String> {
        let associate = self
            .associates
            .iter()
            .find(|one| one.id == associate)
            .ok_or("Choose a SuperOffice user from the list.")?;
        let mailbox = self
            .mailboxes
            .iter()
            .map(|one| &one.mailbox)
            .find(|one| one.id == mailbox)
            .ok_or("Choose a mailbox from the list.")?;
        if self.is_linked(associate) {
            return Err(format!("{} is linked already.", associate.name));
        }
        if let Some(link) = self.link_of(mailbox) {
            return Err(format!(
                "The mailbox {} is linked to {} already.",
                mailbox.address, link.associate.name
            ));
        }
        Ok(Pair {
            associate: associate.clone(),
            mailbox: mailbox.clone(),
        })
    }

    /// SuperOffice users who are neither linked nor in the draft.
    pub(crate) fn free_associates(&self, draft: &[Pair]) -> Vec<&Associate> {
        self.associates
            .iter()
            .filter(|one| {
                !self.is_linked(one) && !draft.iter().any(|pair| pair.associate.id == one.id)
            })
            .collect()
    }

    /// Mailboxes that are neither linked nor in the draft.
    pub(crate) fn free_mailboxes(&self, draft: &[Pair]) -> Vec<&Mailbox> {
        self.mailboxes
            .iter()
            .map(|one| &one.mailbox)
            .filter(|one| {
                self.link_of(one).is_none() && !draft.iter().any(|pair| pair.mailbox.id == one.id)
            })
            .collect()
    }

    fn is_linked(&self, associate: &Associate) -> bool {
        self.links
            .iter()
            .any(|link| link.associate.id == associate.id)
    }

    fn link_of(&self, mailbox: &Mailbox) -> Option<&LinkedUser> {
        self.links.iter().find(|link| {
            link.mailbox.id == mailbox.id || same(&link.mailbox.address, &mailbox.address)
        })
    }

    /// Pairs everybody who is free with the one free mailbox that has the address, as its primary or an alias, and says
    /// why somebody was left.
    pub(crate) fn auto(&self, draft: &[Pair]) -> Report {
        let mut report = Report::default();
        for associate in self.free_associates(draft) {
            match self.match_of(associate, draft) {
                Ok(mailbox) => report.found.push(Pair {
                    associate: associate.clone(),
                    mailbox,
                }),
                Err(why) => report.alone.push((associate.clone(), why)),
            }
        }
        report
    }

    fn match_of(&self, associate: &Associate, draft: &[Pair]) -> Result<Mailbox, String> {
        let address = associate.address.trim();
        if address.is_empty() {
            return Err("has no primary e-mail address in SuperOffice".to_owned());
        }
        let twins = self
            .associates
            .iter()
            .filter(|one| same(&one.address, address))
            .count();
        if twins > 1 {
            return Err(format!(
                "shares the address {address} with another SuperOffice user"
            ));
        }
        let equal: Vec<_> = self
            .mailboxes
            .iter()
            .filter(|one| {
                let also = one.aliases.iter().any(|alias| same(alias, address));
                also || same(&one.mailbox.address, address)
            })
            .map(|one| &one.mailbox)
            .collect();
        match equal.as_slice() {
            [] => Err(format!("no mailbox has the address {address}")),
            [one] if draft.iter().any(|pair| pair.mailbox.id == one.id) => Err(format!(
                "the mailbox {address} is chosen for somebody else above"
            )),
            [one] => match self.link_of(one) {
                Some(link) => Err(format!(
                    "the mailbox {address} is linked to {} already",
                    link.associate.name
                )),
                None => Ok((*one).clone()),
            },
            _ => Err(format!("more than one mailbox has the address {address}")),
        }
    }
}

fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// Stores the links of a draft; answers how many.
pub(crate) async fn save(
    administrator: &Administrator,
    profile: &Profile,
    draft: &[Pair],
) -> Result<usize, Failure> {
    let portal = administrator.portal();
    let mut seen = BTreeSet::new();
    for pair in draft {
        if !seen.insert(format!("a{}", pair.associate.id))
            || !seen.insert(format!("m{}", pair.mailbox.id))
        {
            return Err(Failure::unusable("Somebody stands in the list twice."));
        }
    }
    for pair in draft {
        let mut link = LinkedUser {
            tenant: administrator.tenant().id.clone(),
            profile: profile.id.clone(),
            id: UserId::new(""),
            associate: pair.associate.clone(),
            mailbox: pair.mailbox.clone(),
            preferences: None,
            enabled: true,
            since: portal.now(),
        };
        // The id is the pair's, so that a pair that was linked before goes on from its mappings.
        link.id = UserId::of(&link.pairing(), profile.system);
        portal.near.ledger.link(&link).await?;
        administrator
            .audit(format!(
                "Linked {} in the profile “{}”",
                pair.associate.name, profile.name
            ))
            .await?;
    }
    Ok(draft.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use shared::profile::ProfileId;
    use shared::tenant::TenantId;

    fn associate(id: &str, name: &str, address: &str) -> Associate {
        Associate {
            id: id.to_owned(),
            name: name.to_owned(),
            address: address.to_owned(),
        }
    }

    fn mailbox(id: &str, address: &str) -> Mailbox {
        Mailbox {
            id: id.to_owned(),
            name: id.to_owned(),
            address: address.to_owned(),
        }
    }

    fn listed(id: &str, address: &str) -> Listed {
        Listed {
            mailbox: mailbox(id, address),
            aliases: Vec::new(),
        }
    }

    fn link(associate: Associate, mailbox: Mailbox) -> LinkedUser {
        LinkedUser {
            tenant: TenantId::new("Cust26759"),
            profile: ProfileId::new("p"),
            id: UserId::new("u"),
            associate,
            mailbox,
            preferences: None,
            enabled: true,
            since: Timestamp::UNIX_EPOCH,
        }
    }

    fn world() -> Candidates {
        Candidates {
            associates: vec![
                associate("2", "Anna", "Anna@nordlys.example "),
                associate("3", "Bjørn", "bjorn@nordlys.example"),
                associate("4", "Camille", ""),
                associate("5", "Dmitri", "shared@nordlys.example"),
                associate("6", "Eva", "eva.kowalczyk@nordlys.example"),
                associate("7", "Finn", "shared@nordlys.example"),
                associate("8", "Greta", "greta@nordlys.example"),
            ],
            mailboxes: vec![
                listed("anna", "anna@NORDLYS.example"),
                listed("bjorn", "bjorn@nordlys.example"),
                listed("eva", "eva.nowak@nordlys.example"),
                listed("shared", "shared@nordlys.example"),
                listed("greta", "greta@nordlys.example"),
                listed("greta2", "greta@nordlys.example"),
            ],
            links: vec![link(
                associate("9", "Hanne", "hanne@nordlys.example"),
                mailbox("bjorn", "bjorn@nordlys.example"),
            )],
        }
    }

    #[test]
    fn auto_link_joins_equal_addresses_and_says_why_it_left_the_others() {
        let report = world().auto(&[]);
        let found: Vec<_> = report
            .found
            .iter()
            .map(|pair| pair.associate.name.as_str())
            .collect();
        assert_eq!(found, ["Anna"]);
        let alone: Vec<_> = report
            .alone
            .iter()
            .map(|(who, why)| format!("{}: {why}", who.name))
            .collect();
        assert_eq!(
            alone,
            [
                "Bjørn: the mailbox bjorn@nordlys.example is linked to Hanne already",
                "Camille: has no primary e-mail address in SuperOffice",
                "Dmitri: shares the address shared@nordlys.example with another SuperOffice user",
                "Eva: no mailbox has the address eva.kowalczyk@nordlys.example",
                "Finn: shares the address shared@nordlys.example with another SuperOffice user",
                "Greta: more than one mailbox has the address greta@nordlys.example",
            ]
        );
    }

    #[test]
    fn a_pair_is_made_only_of_people_on_the_lists_who_are_free() {
        let world = world();
        assert_eq!(world.pair("2", "anna").expect("free").mailbox.id, "anna");
        assert!(world.pair("99", "anna").is_err());
        assert!(world.pair("2", "nobody").is_err());
        assert_eq!(
            world.pair("2", "bjorn"),
            Err("The mailbox bjorn@nordlys.example is linked to Hanne already.".to_owned())
        );
    }

    #[test]
    fn a_draft_takes_its_people_off_both_lists() {
        let world = world();
        let draft = [world.pair("2", "anna").expect("free")];
        assert!(
            !world
                .free_associates(&draft)
                .iter()
                .any(|one| one.id == "2")
        );
        assert!(
            !world
                .free_mailboxes(&draft)
                .iter()
                .any(|one| one.id == "anna")
        );
    }
}
