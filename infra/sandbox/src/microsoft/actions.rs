//! What can be done to a meeting besides editing it: answer, cancel, forward, put a reminder off.
//!
//! Never done by the product: a sandbox has them so that a mail shows up in the outbox if it were.

use axum::response::Response;
use http::StatusCode;
use jiff::civil::Date;
use serde_json::{Map, Value};

use super::Sandbox;
use super::call::Call;
use super::event::{Content, Event, Response as Answer};
use super::events;
use super::ids::Id;
use super::mails;
use super::refusal::{Outcome, Refused};

/// `POST /events/{id}/{action}`
pub(super) fn act(
    sandbox: &Sandbox,
    call: &Call,
    user: &str,
    id: &str,
    action: &str,
) -> Outcome<Response> {
    let id = Id::parse(id)?;
    let body = call.object_or_empty()?;
    let action = action.trim_start_matches("microsoft.graph.");
    sandbox.act(|world, now| {
        let mut event = world.event(user, &id.key)?.clone();
        let content = event.named(id.original)?.content.clone();
        match action {
            "accept" | "tentativelyAccept" | "decline" => {
                answer(sandbox, user, &event, &content, action, &body)?;
                if action == "decline" {
                    events::remove(world, user, &event, id.original, now)?;
                } else {
                    let word = if action == "accept" { "accepted" } else { "tentativelyAccepted" };
                    event.response = Answer { response: word.to_owned(), time: Some(now) };
                    show(&mut event, id.original, if action == "accept" { "busy" } else { "tentative" });
                    world.replace(user, event, now);
                }
            }
            "cancel" => {
                if !event.is_organizer {
                    return Err(Refused::bad("ErrorAccessDenied", "Your request can't be completed. You need to be an organizer to cancel a meeting."));
                }
                mails::deleted(&sandbox.control, user, &event, id.original);
                events::remove(world, user, &event, id.original, now)?;
            }
            "forward" => {
                let to = body.get("toRecipients").or_else(|| body.get("ToRecipients")).and_then(Value::as_array).cloned().unwrap_or_default();
                for one in &to {
                    let address = one["emailAddress"]["address"].as_str().unwrap_or_default();
                    sandbox.control.post(user, address, "forward", &content.subject);
                }
                return Ok(call.empty(StatusCode::ACCEPTED));
            }
            "snoozeReminder" | "dismissReminder" => return Ok(call.empty(StatusCode::OK)),
            other => return Err(Refused::no_segment(other)),
        }
        Ok(call.empty(StatusCode::ACCEPTED))
    })
}

fn answer(
    sandbox: &Sandbox,
    user: &str,
    event: &Event,
    content: &Content,
    action: &str,
    body: &Map<String, Value>,
) -> Outcome<()> {
    if event.is_organizer {
        return Err(Refused::invalid(
            "Your request can't be completed. You can't respond to this meeting because you're the meeting organizer.",
        ));
    }
    if body
        .get("sendResponse")
        .and_then(Value::as_bool)
        .unwrap_or(true)
    {
        sandbox.control.post(
            user,
            &event.organizer.address,
            &format!("response: {action}"),
            &content.subject,
        );
    }
    Ok(())
}

fn show(event: &mut Event, original: Option<Date>, word: &str) {
    match original.and_then(|date| event.exceptions.get_mut(&date)) {
        Some(exception) => word.clone_into(&mut exception.content.show_as),
        None => word.clone_into(&mut event.content.show_as),
    }
}
