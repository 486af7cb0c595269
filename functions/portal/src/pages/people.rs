//! Who may administer the tenant here.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;

use crate::acts::{crm, people as acts};
use crate::contexts::Administrator;
use crate::failure::Failure;
use crate::fields::Fields;
use crate::view::{Frame, Said, ok, see};

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    frame: Frame,
    people: Vec<Person>,
}

/// A SuperOffice user who can be made an administrator here.
struct Person {
    id: String,
    name: String,
    address: String,
    administers: bool,
    is_self: bool,
}

/// `GET /administrators`.
pub(crate) async fn show(
    mut administrator: Administrator,
    Query(said): Query<Said>,
) -> Result<Response, Failure> {
    let associates = crm::associates(administrator.signed_in()).await?;
    let admins = &administrator.tenant().admins;
    let own = &administrator.sign_in().associate;
    let people = associates
        .into_iter()
        .map(|one| Person {
            administers: admins.contains(&one.id),
            is_self: one.id == *own,
            id: one.id,
            name: one.name,
            address: one.address,
        })
        .collect();
    Ok(ok(&PeoplePage {
        people,
        frame: Frame::of(&administrator, "Administrators", "people").said(&said),
    }))
}

/// `POST /administrators`.
pub(crate) async fn save(
    mut administrator: Administrator,
    fields: Fields,
) -> Result<Response, Failure> {
    let chosen: Vec<_> = fields.all("admin").collect();
    acts::save(&mut administrator, &chosen).await?;
    Ok(see("/administrators?said=administrators"))
}
