//! The users of an organization, for linking (microsoft.md 1.5). Reads the directory, writes nothing.

use serde_json::Value;

use super::Graph;
use super::client::{Call, Client, Mailbox};
use super::wire::{Page, User};
use crate::connector::Error;
use crate::user;

/// No organization is listed beyond this: a bound on work.
const MOST_PAGES: usize = 500;

const LISTED: &str = "/users?$select=id,displayName,mail,userPrincipalName,accountEnabled&$top=999";
/// `User.ReadBasic.All` alone does not show whether an account is enabled.
const LISTED_BASICALLY: &str = "/users?$select=id,displayName,mail,userPrincipalName&$top=999";

impl Graph {
    /// The organization's mailboxes, by name. Users without a mailbox and, where that is shown, disabled accounts
    /// (rooms, shared mailboxes, people who left) are left out.
    pub async fn users(&self, access: &str) -> Result<Vec<user::Mailbox>, Error> {
        let client = self.client(access, Mailbox::new().into());
        let mut users = match listed(&client, LISTED).await {
            Err(Error::Unauthorised { detail, .. }) if detail.starts_with("403") => {
                listed(&client, LISTED_BASICALLY).await?
            }
            result => result?,
        };
        users.sort_by_key(|user| (user.name.to_lowercase(), user.address.to_lowercase()));
        Ok(users)
    }
}

async fn listed(client: &Client, path: &str) -> Result<Vec<user::Mailbox>, Error> {
    let mut users = Vec::new();
    let mut next = Some(path.to_owned());
    for _ in 0..MOST_PAGES {
        let Some(path) = next else { break };
        let page: Page = client.ask(Call::get(path)).await?.json()?;
        users.extend(page.value.into_iter().filter_map(mailbox));
        next = page.next_link.map(|link| client.local(&link)).transpose()?;
    }
    Ok(users)
}

fn mailbox(row: Value) -> Option<user::Mailbox> {
    let user: User = serde_json::from_value(row).ok()?;
    let address = user.mail.filter(|mail| !mail.is_empty())?;
    (user.account_enabled != Some(false)).then(|| user::Mailbox {
        id: user.id,
        name: user.display_name.unwrap_or_else(|| address.clone()),
        address,
    })
}
