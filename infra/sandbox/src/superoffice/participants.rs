//! The participants a body asks for.
//!
//! The ids inside one of them must agree; somebody without ids is only an address.

use super::base::Base;
use super::fields::{Fields, Refused};
use super::names::{ExternalAnswer, ExternalRole, Named};
use super::row::External;

/// One participant asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Wish {
    /// A user, or 0.
    pub(crate) associate: i64,
    /// A person, or 0.
    pub(crate) person: i64,
    /// Whether a mail is asked for.
    pub(crate) send: bool,
    /// Only an address.
    pub(crate) external: Option<External>,
}

/// Reads `Participants`; `None` when the body does not speak of them.
///
/// # Errors
/// Unknown members, ids of nobody, ids that do not agree.
pub(super) fn participants(base: &Base, fields: &Fields<'_>) -> Result<Option<Vec<Wish>>, Refused> {
    let Some(list) = fields.list("participants")? else {
        return Ok(None);
    };
    let mut wishes = Vec::new();
    for one in list {
        let one = Fields::new(one, "ParticipantInfo")?;
        one.only(&[
            "associateid",
            "personid",
            "contactid",
            "emailid",
            "sendemail",
            "invitationstatus",
            "emailaddress",
            "description",
            "externallyownedtype",
            "externallyownedstatus",
        ])?;
        let (mut wish, mut email, mut name) = (Wish::default(), String::new(), String::new());
        let (mut role, mut answer) = (ExternalRole::Unknown, ExternalAnswer::Unknown);
        one.int("associateid", |id| wish.associate = id)?;
        one.int("personid", |id| wish.person = id)?;
        one.flag("sendemail", |on| wish.send = on)?;
        one.text("emailaddress", |text| email = text)?;
        one.text("description", |text| name = text)?;
        one.named("externallyownedtype", ExternalRole::read, |found| {
            role = found;
        })?;
        one.named("externallyownedstatus", ExternalAnswer::read, |found| {
            answer = found;
        })?;
        known(base, &wish)?;
        if wish.associate == 0 && wish.person == 0 {
            if email.is_empty() {
                return Err(Refused::invalid(
                    "A participant needs an associate, a person or an e-mail address",
                ));
            }
            wish.external = Some(External {
                email,
                description: name,
                role,
                answer,
                send: wish.send,
            });
        }
        wishes.push(wish);
    }
    Ok(Some(wishes))
}

fn known(base: &Base, wish: &Wish) -> Result<(), Refused> {
    let associate = base.associate(wish.associate);
    if wish.associate != 0 && associate.is_none() {
        return Err(Refused::new(
            400,
            "SoNotFoundException",
            format!("Associate id {} not found", wish.associate),
        ));
    }
    if wish.person != 0 && base.person(wish.person).is_none() {
        return Err(Refused::new(
            400,
            "SoNotFoundException",
            format!("Person id {} not found", wish.person),
        ));
    }
    match associate {
        Some(user) if wish.person != 0 && user.person != wish.person => Err(Refused::new(
            400,
            "SoValidationException",
            "The ids of a participant do not agree",
        )),
        _ => Ok(()),
    }
}
