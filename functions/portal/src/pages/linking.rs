//! The page on which users are linked. The draft travels in the form; nothing is stored before *Save*.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use shared::profile::Profile;
use shared::user::{Associate, LinkedUser, Mailbox};

use crate::acts::linking::{self as acts, Candidates, Pair, Report};
use crate::contexts::Administrator;
use crate::failure::Failure;
use crate::fields::Fields;
use crate::view::{Frame, Notice, Said, ok, see};

/// Separates the two ids in a form's value; occurs in no vendor's id.
const BETWEEN: char = '|';

#[derive(Template)]
#[template(path = "linking.html")]
struct LinkingPage {
    frame: Frame,
    id: String,
    name: String,
    system: &'static str,
    associates: Vec<Associate>,
    mailboxes: Vec<Mailbox>,
    draft: Vec<Pair>,
    report: Option<Report>,
    links: Vec<LinkedUser>,
    /// Why the lists could not be read, if they could not.
    trouble: Option<Failure>,
}

/// `GET /profiles/{profile}/users`.
pub(crate) async fn show(
    mut administrator: Administrator,
    Path(profile): Path<String>,
    Query(said): Query<Said>,
) -> Result<Response, Failure> {
    let profile = administrator.profile(&profile).await?;
    let frame = Frame::of(&administrator, "Link users", "profiles").said(&said);
    match Candidates::load(&mut administrator, &profile).await {
        Ok(candidates) => Ok(page(frame, &profile, &candidates, Vec::new(), None)),
        // The people linked already can be managed even while a vendor is out of reach.
        Err(failure) if !failure.forget => {
            let candidates = Candidates {
                links: administrator.links().await?,
                ..Candidates::default()
            };
            let mut page = fill(frame, &profile, &candidates, Vec::new(), None);
            page.trouble = Some(failure);
            Ok(ok(&page))
        }
        Err(failure) => Err(failure),
    }
}

/// `POST /profiles/{profile}/users`: one step of the draft, or *Save*.
pub(crate) async fn act(
    mut administrator: Administrator,
    Path(profile): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let profile = administrator.profile(&profile).await?;
    let candidates = Candidates::load(&mut administrator, &profile).await?;
    let (mut draft, mut notice) = read(&candidates, &fields);
    let mut report = None;
    match fields.text("act") {
        "save" => {
            let linked = acts::save(&administrator, &profile, &draft).await?;
            let said = if linked == 0 { "" } else { "?said=linked" };
            return Ok(see(&format!(
                "/profiles/{}/users{said}",
                profile.id.as_str()
            )));
        }
        "auto" => {
            let found = candidates.auto(&draft);
            draft.extend(found.found.iter().cloned());
            report = Some(found);
        }
        "link" => match candidates.pair(fields.text("associate"), fields.text("mailbox")) {
            Ok(pair) if draft.iter().any(|one| clashes(one, &pair)) => {
                notice = Some(Notice::bad("One of the two stands in the list already."));
            }
            Ok(pair) => draft.push(pair),
            Err(why) => notice = Some(Notice::bad(why)),
        },
        drop => {
            let dropped = drop.strip_prefix("drop ").unwrap_or_default();
            draft.retain(|pair| pair.associate.id != dropped);
        }
    }
    let frame = Frame::of(&administrator, "Link users", "profiles").noticed(notice);
    Ok(page(frame, &profile, &candidates, draft, report))
}

fn clashes(one: &Pair, other: &Pair) -> bool {
    one.associate.id == other.associate.id || one.mailbox.id == other.mailbox.id
}

/// Reads the draft out of the form; a pair that can no longer be made is left out, with the reason.
fn read(candidates: &Candidates, fields: &Fields) -> (Vec<Pair>, Option<Notice>) {
    let (mut draft, mut notice) = (Vec::new(), None);
    for value in fields.all("pair") {
        let (associate, mailbox) = value.split_once(BETWEEN).unwrap_or_default();
        match candidates.pair(associate, mailbox) {
            Ok(pair) => draft.push(pair),
            Err(why) => notice = Some(Notice::bad(why)),
        }
    }
    (draft, notice)
}

fn page(
    frame: Frame,
    profile: &Profile,
    candidates: &Candidates,
    draft: Vec<Pair>,
    report: Option<Report>,
) -> Response {
    ok(&fill(frame, profile, candidates, draft, report))
}

fn fill(
    frame: Frame,
    profile: &Profile,
    candidates: &Candidates,
    draft: Vec<Pair>,
    report: Option<Report>,
) -> LinkingPage {
    LinkingPage {
        frame,
        id: profile.id.as_str().to_owned(),
        name: profile.name.clone(),
        system: profile.system.label(),
        associates: candidates
            .free_associates(&draft)
            .into_iter()
            .cloned()
            .collect(),
        mailboxes: candidates
            .free_mailboxes(&draft)
            .into_iter()
            .cloned()
            .collect(),
        draft,
        report,
        links: candidates
            .links
            .iter()
            .filter(|link| link.profile == profile.id)
            .cloned()
            .collect(),
        trouble: None,
    }
}
