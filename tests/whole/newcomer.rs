//! The newcomer's path, by forms and redirects: an administrator links everybody, a user connects a mailbox.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use shared::profile::System;

use super::visitor::Visitor;
use super::{Whole, eventually, page};

/// The demo tenant.
pub(crate) const TENANT: &str = "Cust26759";
/// The user most stories are about.
pub(crate) const ANNA: &str = "anna.lindqvist@nordlys.example";

/// Who may list the mailboxes of a calendar system.
pub(crate) fn administrator_of(system: System) -> &'static str {
    match system {
        System::Google => "google.admin@nordlys.example",
        System::Microsoft | System::Exchange => "ms.admin@nordlys.example",
    }
}

impl Whole {
    /// Signs in at the portal, which goes by way of SuperOffice.
    pub(crate) async fn sign_in(&self, who: &str) -> Visitor {
        let mut visitor = Visitor::new(&self.http);
        visitor.open(&format!("{}/sign-in", self.portal())).await;
        let form = visitor
            .form("/login/common/oauth/authorize")
            .fill("user", who);
        visitor.send(form).await;
        assert!(
            visitor.at.as_str().starts_with(&self.portal()),
            "{}",
            visitor.html
        );
        visitor
    }

    /// As the administrator: a profile, its connection, everybody linked by address. Answers the administrator's browser.
    pub(crate) async fn link_everybody(&self, system: System) -> Visitor {
        let mut ingrid = self.sign_in("ingrid.solheim@nordlys.example").await;
        ingrid.open("/profiles/new").await;
        let form = ingrid.form("/profiles").fill("name", "Nordlys");
        let form = form.fill("system", system.word());
        ingrid.send(form).await;
        let profiles = ingrid.look("/api/v1/profiles").await;
        let id = profiles[0]["id"].as_str().expect("a profile").to_owned();
        ingrid
            .open(&format!("{}/profiles/{id}/connect", self.portal()))
            .await;
        let form = ingrid.form("").fill("user", administrator_of(system));
        ingrid.send(form).await;
        ingrid
            .open(&format!("{}/profiles/{id}/users", self.portal()))
            .await;
        for act in ["auto", "save"] {
            let form = ingrid.form("/users").fill("act", act);
            ingrid.send(form).await;
        }
        ingrid
    }

    /// As a linked user, led by the activation mail: signs in and connects the mailbox.
    pub(crate) async fn activate(&self, who: &str, system: System) -> Visitor {
        let link = self.activation_link(who).await;
        let mut user = Visitor::new(&self.http);
        user.open(&link).await;
        if !user.html.contains("/login/common/oauth/authorize") {
            user.open(&format!("{}/sign-in", self.portal())).await;
        }
        let form = user.form("/login/common/oauth/authorize").fill("user", who);
        user.send(form).await;
        self.connect(&mut user, who, system).await;
        user
    }

    /// Goes to the calendar system, signs in there, and confirms the mailbox.
    pub(crate) async fn connect(&self, user: &mut Visitor, who: &str, system: System) {
        let door = format!("/connect/{}", system.word());
        user.open(&format!("{}{door}", self.portal())).await;
        let form = user.form("").fill("user", who);
        user.send(form).await;
        let form = user.form(&door);
        user.send(form).await;
        assert_eq!(user.status, 200, "{}", user.html);
    }

    /// The link of the activation mail, once it has come.
    async fn activation_link(&self, who: &str) -> String {
        let portal = self.portal();
        eventually("the activation mail comes", async || {
            let mails = self.mails_to(who).await;
            let html = mails.first()?["html"].as_str()?.to_owned();
            page::links(&html)
                .into_iter()
                .find(|link| link.starts_with(&portal))
        })
        .await
    }

    /// The mails the product sent to somebody, oldest first.
    pub(crate) async fn mails_to(&self, who: &str) -> Vec<Value> {
        let mails = self.get(&format!("{}/mails.json", self.desk())).await;
        let mails = mails.as_array().cloned().unwrap_or_default();
        mails
            .into_iter()
            .filter(|mail| {
                mail["to"]
                    .as_array()
                    .is_some_and(|to| to.contains(&json!(who)))
            })
            .collect()
    }

    /// Runs one more session for the visitor's link by a message of its own, and answers how the link then stands. Sessions
    /// that were asked for before are waited for, so that none of them is taken for this one.
    pub(crate) async fn session(&self, user: &Visitor) -> Value {
        let id = user.link().await;
        let failed = self.at_rest().await;
        let before = self.state(user, &id).await;
        eventually("a session runs", async || {
            self.send(&id, "now", failed).await;
            let state = self.state(user, &id).await;
            (state["last_session"] != before["last_session"]).then_some(state)
        })
        .await
    }

    /// Sends one tick's message for the visitor's link and waits until it is dealt with, whatever came of it.
    pub(crate) async fn wake(&self, user: &Visitor) {
        let id = user.link().await;
        let failed = self.at_rest().await;
        self.send(&id, "tick", failed).await;
    }

    /// Asks for a session of a link, unless one is under way: it takes up what waits, too.
    pub(crate) async fn ask_if_idle(&self, user: &str) {
        if self.under_way().await == 0 {
            self.ask(user, "now").await;
        }
    }

    async fn ask(&self, user: &str, reason: &str) {
        self.enqueue(&json!({ "tenant": TENANT, "user": user, "reason": reason }).to_string())
            .await;
    }

    async fn send(&self, user: &str, reason: &str, failed: u64) {
        self.ask(user, reason).await;
        eventually("the message is dealt with", async || {
            (self.under_way().await <= failed).then_some(())
        })
        .await;
    }

    /// Waits until nothing is under way in the queue; answers how many messages of the stories failed and stay until they
    /// are seen again.
    async fn at_rest(&self) -> u64 {
        let failed = self.failed.load(Ordering::Relaxed);
        eventually("all that was asked for is dealt with", async || {
            (self.under_way().await <= failed).then_some(())
        })
        .await;
        failed
    }

    async fn under_way(&self) -> u64 {
        let left = self.get(&format!("{}/queue.json", self.desk())).await["sessions"].clone();
        let count = |name: &str| left[name].as_u64().unwrap_or_default();
        count("waiting") + count("in_work") + count("delayed")
    }

    /// A story put so many messages into the queue that fail: they stay in work until they are seen again.
    pub(crate) fn expect_failed(&self, messages: u64) {
        self.failed.fetch_add(messages, Ordering::Relaxed);
    }

    /// How a link stands.
    pub(crate) async fn state(&self, user: &Visitor, id: &str) -> Value {
        let answer = user
            .look(&format!("{}/api/v1/users/{id}", self.portal()))
            .await;
        answer["session"].clone()
    }

    /// All items of somebody's calendar on a side, by its sandbox.
    pub(crate) async fn items(&self, sandbox: &str, who: &str) -> Vec<Value> {
        let items = self
            .get(&format!("{sandbox}/sandbox/items?user={who}"))
            .await;
        let items = items.as_array().cloned().unwrap_or_default();
        items
            .into_iter()
            .filter(|item| item["deleted"] != true)
            .collect()
    }

    /// A user's own hands on a side; the id of the item touched.
    pub(crate) async fn edit(
        &self,
        sandbox: &str,
        who: &str,
        act: &str,
        mut fields: Value,
    ) -> String {
        fields["act"] = act.into();
        fields["user"] = who.into();
        let done = self.post(&format!("{sandbox}/sandbox/edit"), &fields).await;
        done["id"].as_str().unwrap_or_default().to_owned()
    }

    /// Calls a sandbox received from the product, without those for tokens and tenant state.
    pub(crate) async fn calls(&self, sandbox: &str) -> Vec<String> {
        let calls = self.get(&format!("{sandbox}/sandbox/requests")).await;
        let calls = calls.as_array().cloned().unwrap_or_default();
        calls
            .iter()
            .map(|call| {
                let word = |name: &str| call[name].as_str().unwrap_or_default().to_owned();
                format!("{} {}", word("method"), word("path"))
            })
            .filter(|call| !call.contains("/oauth") && !call.contains("/api/state/"))
            .collect()
    }

    /// Mails the vendors would have sent to third parties.
    pub(crate) async fn mails_to_third_parties(&self) -> Vec<Value> {
        let mut mails = Vec::new();
        for sandbox in [self.superoffice(), self.microsoft(), self.google()] {
            let outbox = self.get(&format!("{sandbox}/sandbox/outbox")).await;
            mails.extend(outbox.as_array().cloned().unwrap_or_default());
        }
        mails
    }
}

impl Visitor {
    /// The id of the visitor's own link.
    pub(crate) async fn link(&self) -> String {
        let me = self.look("/api/v1/me").await;
        me["user"]
            .as_str()
            .unwrap_or_else(|| panic!("no link: {me}"))
            .to_owned()
    }
}
