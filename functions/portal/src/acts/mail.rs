//! Asking the mailer to write once more.

use shared::user::LinkedUser;

use crate::contexts::Administrator;
use crate::failure::Failure;

/// Lets the mail that a linked user's state calls for be sent once more, with the mailer's next round.
pub(crate) async fn again(administrator: &Administrator, link: &LinkedUser) -> Result<(), Failure> {
    administrator
        .audit(format!(
            "Had the mail to {} sent again",
            link.associate.name
        ))
        .await
}
