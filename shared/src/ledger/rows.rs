//! How things are called in the table: keys (design.md 5), shards and the text of times. Shared by both backends, so
//! that they sort alike.

use jiff::{SignedDuration, Timestamp};

use crate::item::{Fingerprint, ItemId, Kind};
use crate::journal::Entry;
use crate::mapping::Mapping;
use crate::side::{Both, Side};
use crate::tenant::Audit;
use crate::user::{Deletions, LinkedUser, UserId};

/// In how many partitions the schedule lies.
pub const SHARDS: u8 = 16;

/// Rows of a linked user outlive its unlinking this long, so that a re-link goes on from them; journal rows live as long.
pub(super) const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The audit log is kept at least a year.
pub(super) const AUDIT_KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);
/// That a mail was sent is remembered this long: longer than anybody is written to.
pub(super) const MAIL_KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);
/// A mail that was claimed and not marked as sent may be claimed again after this.
pub(super) const CLAIM_LASTS: SignedDuration = SignedDuration::from_hours(1);
/// A sign-in ends after this at the latest.
pub(super) const SIGN_IN_KEPT: SignedDuration = SignedDuration::from_hours(12);
/// *Sync now* is taken once in this time.
pub(super) const ASK_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// The part of the schedule that a linked user stands in: the same for ever.
pub fn shard_of(user: &UserId) -> u8 {
    let Fingerprint(hash) = Fingerprint::of([user.as_str()]);
    u8::try_from(hash % u128::from(SHARDS)).unwrap_or_default()
}

/// A time as text that sorts as time does: milliseconds, UTC.
pub(super) fn sortable(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// What follows the kind in the key of a mapping: the CRM's id or, while there is none, `~` and the mapping's own.
pub(super) fn mapping_key(mapping: &Mapping) -> String {
    match &mapping.ids.crm {
        Some(id) => id.as_str().to_owned(),
        None => format!("~{}", mapping.id),
    }
}

/// The sort key of a journal entry: by time, then by its place in the call; the same entry has the same key.
pub(super) fn journal_key(place: usize, entry: &Entry) -> String {
    let text = serde_json::to_string(entry).unwrap_or_default();
    let Fingerprint(hash) = Fingerprint::of([text]);
    format!(
        "JOURNAL#{}#{place:04}#{:08x}",
        sortable(entry.at),
        hash >> 96
    )
}

/// The sort key of an entry in the audit log.
pub(super) fn audit_key(entry: &Audit) -> String {
    let Fingerprint(hash) = Fingerprint::of([&entry.who, &entry.what]);
    format!("AUDIT#{}#{:08x}", sortable(entry.at), hash >> 96)
}

/// The mailbox as the uniqueness of a link sees it.
pub(super) fn mailbox_key(user: &LinkedUser) -> String {
    user.mailbox.address.to_lowercase()
}

/// True when both are the same associate joined to the same mailbox of the same tenant.
pub(super) fn same_pair(one: &LinkedUser, other: &LinkedUser) -> bool {
    one.tenant == other.tenant
        && one.associate.id == other.associate.id
        && mailbox_key(one) == mailbox_key(other)
}

/// `kind#id`, the key of the index by mailbox id.
pub(super) fn mailbox_id(kind: Kind, id: &ItemId) -> String {
    format!("{}#{id}", kind.word())
}

/// The kind and side at the end of a cursor's key.
pub(super) fn cursor_place(key: &str) -> Option<(Kind, Side)> {
    let (kind, side) = key.strip_prefix("CURSOR#")?.split_once('#')?;
    let side = Side::BOTH.into_iter().find(|each| each.word() == side)?;
    Some((Kind::from_word(kind)?, side))
}

/// A moment that much later.
pub(super) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// The fence that a first link begins with.
pub(super) fn first_fence(since: Timestamp) -> u64 {
    u64::try_from(since.as_second()).unwrap_or_default()
}

/// Before when no session may run: it needs both sides.
pub(super) fn not_before(back_off: &Both<Option<Timestamp>>) -> Option<Timestamp> {
    back_off.crm.max(back_off.mailbox)
}

/// What a release writes of the approval of held deletions: nothing (`None`) unless the session changed it or began a
/// new day, so that an approval given meanwhile stays.
pub(super) fn approval(before: &Deletions, after: &Deletions) -> Option<bool> {
    (before.day != after.day || before.approved != after.approved).then_some(after.approved)
}
