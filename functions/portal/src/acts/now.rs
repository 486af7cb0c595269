//! Asking for a session: at once after connecting, or because a person pressed *Sync now*.

use shared::ledger::{Connected, Reason};
use shared::queue::Message;
use shared::user::{LinkedUser, Standing};

use crate::Portal;
use crate::contexts::SignedIn;
use crate::failure::{Failure, Move};

/// What became of the wish for a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// A session was asked for.
    Queued,
    /// One was asked for less than a minute ago.
    TooSoon,
}

/// Asks for a session, at most once a minute for each linked user.
pub(crate) async fn sync_now(signed: &SignedIn, link: &LinkedUser) -> Result<Wish, Failure> {
    let portal = signed.portal();
    if !portal.near.ledger.ask(&link.id, portal.now()).await? {
        return Ok(Wish::TooSoon);
    }
    send(portal, link).await?;
    Ok(Wish::Queued)
}

/// The answer to somebody in too much of a hurry.
pub(crate) fn too_soon() -> Failure {
    Failure::new(
        http::StatusCode::TOO_MANY_REQUESTS,
        "too-soon",
        "A session was asked for just now",
        "A session can be asked for once a minute. The one you asked for is running or about to.",
        "Look again in a minute.",
    )
    .whose(Move::Nobody)
    .wait(60)
}

/// Lets a link run from now on with the credentials it has just got, and asks for its session.
pub(crate) async fn start(portal: &Portal, link: &LinkedUser) -> Result<(), Failure> {
    let ledger = &portal.near.ledger;
    ledger
        .set_standing(&link.id, &Standing::Active, Connected::Anew)
        .await?;
    // The wish is noted so that the timer shows a session at work; a recent one does not stop this one.
    ledger.ask(&link.id, portal.now()).await?;
    send(portal, link).await
}

/// Puts the message into the queue.
pub(crate) async fn send(portal: &Portal, link: &LinkedUser) -> Result<(), Failure> {
    let message = Message {
        tenant: link.tenant.clone(),
        user: link.id.clone(),
        reason: Reason::Now,
    };
    let unsent = portal.near.queue.send_all(&[(message, 0)]).await;
    if unsent.is_empty() {
        return Ok(());
    }
    tracing::error!("a wish for a session could not be queued");
    Err(Failure::new(
        http::StatusCode::SERVICE_UNAVAILABLE,
        "our-trouble",
        "The session could not be asked for",
        "Our own queue did not answer. Your calendars are kept in step with the next tick all the same.",
        "Nothing to do; or try again in a minute.",
    )
    .whose(Move::Nobody)
    .wait(60))
}
