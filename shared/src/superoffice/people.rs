//! The people of a booking by name: a participant on the wire is only a number or an address.

use std::collections::BTreeMap;

use super::client::{Call, Door};
use super::wire::{Archive, Entity, ParticipantInfo};
use crate::connector::Error;
use crate::item::appointment::Participant;

/// The people beside the owner. An appointment without participants costs no call.
pub(super) async fn beside_owner(
    door: &Door<'_>,
    entity: &Entity,
) -> Result<Vec<Participant>, Error> {
    let owner = entity.associate.associate_id;
    let others: Vec<&ParticipantInfo> = entity
        .participants
        .iter()
        .filter(|one| one.associate_id == 0 || one.associate_id != owner)
        .collect();
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let persons = by_number(
        door,
        "Person",
        "personId",
        ["fullName", "email/emailAddress"],
        others.iter().map(|one| one.person_id),
    )
    .await?;
    let users = by_number(
        door,
        "InternalUsers",
        "associateDbId",
        ["fullName", "personEmail"],
        others
            .iter()
            .filter(|one| one.person_id == 0)
            .map(|one| one.associate_id),
    )
    .await?;
    let mut people: Vec<Participant> = others
        .into_iter()
        .filter_map(|one| {
            let known = persons
                .get(&one.person_id)
                .or_else(|| users.get(&one.associate_id));
            let (name, address) = known.cloned().unwrap_or_default();
            let address = if one.email_address.is_empty() {
                address
            } else {
                one.email_address.clone()
            };
            let address = address.trim().to_lowercase();
            let name = if name.is_empty() {
                address.clone()
            } else {
                name
            };
            let associate = (one.associate_id > 0).then(|| one.associate_id.to_string());
            (!name.is_empty()).then_some(Participant {
                name,
                address,
                associate,
            })
        })
        .collect();
    people.sort();
    people.dedup();
    Ok(people)
}

/// Name and address by number, from an archive.
async fn by_number(
    door: &Door<'_>,
    archive: &str,
    key: &str,
    [name, address]: [&str; 2],
    numbers: impl Iterator<Item = i64>,
) -> Result<BTreeMap<i64, (String, String)>, Error> {
    let mut numbers: Vec<i64> = numbers.filter(|number| *number > 0).collect();
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() {
        return Ok(BTreeMap::new());
    }
    let condition: Vec<String> = numbers
        .iter()
        .map(|number| format!("{key} eq {number}"))
        .collect();
    let call = Call::get(format!("Archive/{archive}"))
        .with("$select", format!("{key},{name},{address}"))
        .with("$filter", condition.join(" or "))
        .with("$orderby", key);
    let page: Archive = door.read(call).await?.json()?;
    let mut known = BTreeMap::new();
    for row in &page.value {
        // The first address of a person is the primary one.
        known
            .entry(row.number(key))
            .or_insert_with(|| (row.text(name), row.text(address)));
    }
    Ok(known)
}
