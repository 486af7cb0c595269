//! The users of an organization, for linking (google.md 1). Reads the directory, writes nothing.

use super::Google;
use super::trouble::Trouble;
use super::wire::{User, Users};
use crate::connector::{Error, Whose};
use crate::http::escaped;
use crate::user;

/// No organization is listed beyond this: a bound on work.
const MOST_PAGES: usize = 500;

impl Google {
    /// The organization's mailboxes, by name. Suspended, archived and guest accounts and those without a mailbox are
    /// left out.
    pub async fn users(&self, access: &str) -> Result<Vec<user::Listed>, Error> {
        let start = format!(
            "{}/admin/directory/v1/users?customer=my_customer&maxResults=500&projection=basic&orderBy=email",
            self.at.directory
        );
        let (mut found, mut place) = (Vec::new(), String::new());
        for _ in 0..MOST_PAGES {
            let page = self.directory(access, &format!("{start}{place}")).await?;
            found.extend(page.users.into_iter().filter_map(listed));
            match page.next_page_token {
                Some(next) => place = format!("&pageToken={}", escaped(&next)),
                None => break,
            }
        }
        found.sort_by_key(|one| {
            let user = &one.mailbox;
            (user.name.to_lowercase(), user.address.to_lowercase())
        });
        Ok(found)
    }

    async fn directory(&self, access: &str, url: &str) -> Result<Users, Error> {
        let request = self.http.request(reqwest::Method::GET, url);
        let answer = self.http.send(request.bearer_auth(access)).await?;
        if answer.is_success() {
            return answer.json();
        }
        let now = self.http.clock.now();
        Err(match Trouble::of(&answer, now).meaning(now) {
            // No item is asked for: who may not list is no administrator, or has no organization.
            Error::Refused { .. } | Error::Missing => {
                Error::not_accepted(Whose::Admin, format!("{} directory", answer.status))
            }
            error => error,
        })
    }
}

fn listed(row: serde_json::Value) -> Option<user::Listed> {
    let user: User = serde_json::from_value(row).ok()?;
    let left = user.suspended || user.archived || user.is_guest_user;
    let none = user.is_mailbox_setup == Some(false) || user.primary_email.is_empty();
    (!left && !none).then(|| user::Listed {
        mailbox: user::Mailbox {
            id: user.id,
            name: user
                .name
                .full_name
                .unwrap_or_else(|| user.primary_email.clone()),
            address: user.primary_email,
        },
        aliases: user.aliases,
    })
}
