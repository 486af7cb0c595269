//! Mails to people, one at a time: SES, or memory for tests. What a mail says stands in `mail/letter.rs`.
//!
//! A mail never carries an item's content and never a picture or link that tells us it was read.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::ProvideErrorMetadata;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};

mod letter;
mod words;

pub use letter::{Occasion, Recipient, Stage, write};

/// A mail, ready to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The address it goes to.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text, for those who read text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// The mail was not taken; it may be sent again later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the mail was not taken: {0}")]
pub struct NotTaken(String);

/// Sends mails. Cheap to clone; clones share the way out.
#[derive(Debug, Clone)]
pub struct Mail(Backend);

#[derive(Debug, Clone)]
enum Backend {
    Ses { client: Client, from: String },
    Memory(Arc<Mutex<Memory>>),
}

/// The way out of a test.
#[derive(Debug, Default)]
struct Memory {
    sent: Vec<Letter>,
    refusals: usize,
}

impl Mail {
    /// Mails by SES, from this sender.
    pub fn ses(client: Client, from: String) -> Self {
        Self(Backend::Ses { client, from })
    }

    /// Mails that go nowhere and are kept, for tests.
    pub fn memory() -> Self {
        Self(Backend::Memory(Arc::default()))
    }

    /// Sends a mail.
    pub async fn send(&self, letter: &Letter) -> Result<(), NotTaken> {
        match &self.0 {
            Backend::Ses { client, from } => by_ses(client, from, letter).await,
            Backend::Memory(memory) => {
                let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
                if memory.refusals > 0 {
                    memory.refusals -= 1;
                    return Err(NotTaken("refused by the test".to_owned()));
                }
                memory.sent.push(letter.clone());
                Ok(())
            }
        }
    }

    /// Takes what was sent out of the memory, in the order sent.
    pub fn drain(&self) -> Vec<Letter> {
        match &self.0 {
            Backend::Ses { .. } => Vec::new(),
            Backend::Memory(memory) => {
                let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
                std::mem::take(&mut memory.sent)
            }
        }
    }

    /// Makes the memory refuse the next mails.
    pub fn refuse(&self, mails: usize) {
        if let Backend::Memory(memory) = &self.0 {
            memory
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .refusals = mails;
        }
    }
}

async fn by_ses(client: &Client, from: &str, letter: &Letter) -> Result<(), NotTaken> {
    let body = Body::builder()
        .text(utf8(&letter.text)?)
        .html(utf8(&letter.html)?)
        .build();
    let message = Message::builder()
        .subject(utf8(&letter.subject)?)
        .body(body)
        .build();
    let sent = client
        .send_email()
        .from_email_address(from)
        .destination(Destination::builder().to_addresses(&letter.to).build())
        .content(EmailContent::builder().simple(message).build())
        .send()
        .await;
    // The error's own text may hold the address: only its code goes on.
    sent.map(drop).map_err(|error| {
        let code = error
            .as_service_error()
            .and_then(ProvideErrorMetadata::code);
        NotTaken(code.unwrap_or("no answer").to_owned())
    })
}

fn utf8(text: &str) -> Result<Content, NotTaken> {
    Content::builder()
        .data(text)
        .charset("UTF-8")
        .build()
        .map_err(|_| NotTaken("an empty part".to_owned()))
}
