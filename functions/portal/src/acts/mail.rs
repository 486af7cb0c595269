//! Asking the mailer to write once more.

use shared::ledger::Connected;
use shared::user::{LinkedUser, Standing};

use crate::contexts::Administrator;
use crate::failure::{Failure, Move};

/// Lets the mail that a linked user's state calls for be sent once more, with the mailer's next round: a mail goes out
/// once per credential epoch, so a new epoch is begun.
pub(crate) async fn again(administrator: &Administrator, link: &LinkedUser) -> Result<(), Failure> {
    let ledger = &administrator.portal().near.ledger;
    let standing = ledger.control(&link.id).await?.map(|control| control.state);
    let standing = match standing {
        Some(standing @ (Standing::Waiting | Standing::Reconnect { .. })) => standing,
        Some(Standing::Active | Standing::Paused) | None => return Err(no_mail_due()),
    };
    ledger
        .set_standing(&link.id, &standing, Connected::Anew)
        .await?;
    administrator
        .audit(format!(
            "Had the mail to {} sent again",
            link.associate.name
        ))
        .await
}

fn no_mail_due() -> Failure {
    Failure::new(
        http::StatusCode::CONFLICT,
        "no-mail-due",
        "There is nothing to write about",
        "Mails go to users who have not activated yet or who must connect again. This user is neither.",
        "Look at the state of the user once more.",
    )
    .whose(Move::Nobody)
    .door("/status", "To the status page")
}
