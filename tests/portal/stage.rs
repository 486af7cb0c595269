//! The portal on a stage: two tenants, people in every role, and vendors that are out of reach or sandboxes.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use shared::chance::Chance;
use shared::clock::Clock;
use shared::config::Config;
use shared::credential::Credential;
use shared::google::Addresses;
use shared::http::Http;
use shared::ledger::{Connected, Ledger, Role, SignIn};
use shared::mail::Mail;
use shared::near::{ClientKey, Clients, Near};
use shared::preferences::Preferences;
use shared::profile::{Language, Profile, ProfileId, System};
use shared::queue::Queue;
use shared::tenant::{Tenant, TenantId};
use shared::user::{Associate, LinkedUser, Mailbox, Standing, UserId};
use shared::vault::Vault;
use tower::ServiceExt;

/// When every story begins.
pub(crate) const BEGIN: &str = "2026-11-02T08:00:00Z";

/// Where the portal believes to be.
pub(crate) const ORIGIN: &str = "http://localhost:8080";

/// Where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:9";

const KEYRING: &str =
    r#"{"current":1,"keys":{"1":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}}"#;

/// What the portal answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().expect("plain text"))
            .unwrap_or_default()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }
}

/// The portal and everything behind it.
pub(crate) struct Stage {
    pub(crate) near: Near,
    pub(crate) app: Router,
    pub(crate) clock: Clock,
}

pub(crate) fn begin() -> Timestamp {
    BEGIN.parse().expect("a moment")
}

/// A port that is free, and its address.
async fn port() -> (String, tokio::net::TcpListener) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    (format!("http://{address}"), listener)
}

fn serve(listener: tokio::net::TcpListener, router: Router) {
    tokio::spawn(async move { sandbox::serve(listener, router).await });
}

impl Stage {
    /// Vendors are out of reach: nothing listens at their address.
    pub(crate) fn alone() -> Self {
        Self::at(ORIGIN, NOWHERE, NOWHERE, NOWHERE)
    }

    /// The portal at another address.
    pub(crate) fn alone_at(portal: &str) -> Self {
        Self::at(portal, NOWHERE, NOWHERE, NOWHERE)
    }

    /// Vendors are sandboxes with the demo world.
    pub(crate) async fn with_sandboxes() -> Self {
        Self::with_sandboxes_at(ORIGIN).await
    }

    /// The same, with the portal at another address.
    pub(crate) async fn with_sandboxes_at(portal: &str) -> Self {
        let ((crm, crm_door), (mailbox, mailbox_door)) = (port().await, port().await);
        let superoffice = sandbox::superoffice::Settings {
            base_url: crm.clone(),
            now: begin,
            ..Default::default()
        };
        let microsoft = sandbox::microsoft::Settings {
            now: begin,
            ..Default::default()
        };
        let router = sandbox::superoffice::router(superoffice).expect("a sandbox");
        serve(crm_door, router);
        let router = sandbox::microsoft::router(microsoft).expect("a sandbox");
        serve(mailbox_door, router);
        let google = sandbox::google::Settings {
            now: begin,
            ..Default::default()
        };
        let (second, second_door) = port().await;
        let router = sandbox::google::router(google).expect("a sandbox");
        serve(second_door, router);
        Self::at(portal, &crm, &mailbox, &second)
    }

    fn at(portal: &str, crm: &str, mailbox: &str, google: &str) -> Self {
        let (clock, chance) = (Clock::manual(begin()), Chance::seeded(7));
        let near = Near {
            config: Config {
                table: "synchronizer".to_owned(),
                queue_url: "http://queue".to_owned(),
                secret_oauth: String::new(),
                secret_keyring: String::new(),
                portal_url: portal.to_owned(),
                mail_from: "sync@nordlys.example".to_owned(),
                superoffice_login: crm.to_owned(),
                microsoft_login: mailbox.to_owned(),
                microsoft_graph: format!("{mailbox}/v1.0"),
                google: Addresses {
                    login: google.to_owned(),
                    token: google.to_owned(),
                    api: google.to_owned(),
                    directory: google.to_owned(),
                },
                spread_seconds: 840,
                sessions_at_once: 1,
            },
            http: Http::new(clock.clone()),
            ledger: Ledger::memory(),
            vault: Vault::new(KEYRING, chance.clone()).expect("a good keyring"),
            queue: Queue::memory(),
            mail: Mail::memory(),
            oauth: Clients {
                superoffice: ClientKey {
                    client_id: "synchronizer-local".to_owned(),
                    client_secret: "local-superoffice-secret".to_owned(),
                },
                microsoft: ClientKey {
                    client_id: "11111111-2222-4333-8444-555555555555".to_owned(),
                    client_secret: "local-microsoft-secret".to_owned(),
                },
                google: ClientKey {
                    client_id: "1040000000000-sandbox.apps.googleusercontent.com".to_owned(),
                    client_secret: "local-google-secret".to_owned(),
                },
            },
            clock: clock.clone(),
            chance,
        };
        let app = portal::app(near.clone());
        Self { near, app, clock }
    }

    /// The same in an installation that has no registration with Google.
    pub(crate) fn without_google(&self) -> Self {
        let mut near = self.near.clone();
        near.oauth.google = ClientKey::default();
        Self {
            app: portal::app(near.clone()),
            clock: self.clock.clone(),
            near,
        }
    }

    /// One request, whatever comes of it.
    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 4 << 20).await.expect("a body");
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).expect("text"),
        }
    }

    /// A tenant with one profile and two linked users who run: Anna (associate 2) and Bjørn (3); Ingrid (1) administers.
    pub(crate) async fn people(&self, tenant: &str, name: &str) -> People {
        let (ledger, tenant) = (&self.near.ledger, TenantId::new(tenant));
        let row = Tenant {
            id: tenant.clone(),
            name: name.to_owned(),
            since: begin(),
            admins: vec!["1".to_owned()],
        };
        ledger.put_tenant(&row).await.expect("stored");
        let profile = Profile {
            tenant: tenant.clone(),
            id: ProfileId::new(format!("profile-of-{}", tenant.as_str())),
            name: "Everybody".to_owned(),
            system: System::Microsoft,
            preferences: Preferences::default(),
            users_may_edit: true,
            mail_language: Language::English,
            enabled: true,
            connected_as: None,
            since: begin(),
        };
        ledger.put_profile(&profile).await.expect("stored");
        let anna = linked(&profile, "2", "Anna Lindqvist", "anna.lindqvist");
        let bjorn = linked(&profile, "3", "Bjørn Håkonsen", "bjorn.hakonsen");
        for link in [&anna, &bjorn] {
            ledger.link(link).await.expect("linked");
            let active = (&Standing::Active, Connected::Anew);
            ledger
                .set_standing(&link.id, active.0, active.1)
                .await
                .expect("active");
        }
        People {
            tenant,
            profile,
            anna,
            bjorn,
        }
    }

    /// Signs somebody in without a vendor: the cookie's value and the form token.
    pub(crate) async fn sign_in(
        &self,
        tenant: &TenantId,
        associate: &str,
        role: Option<Role>,
        user: Option<&UserId>,
    ) -> (String, String) {
        let name = format!("Associate {associate}");
        self.sign_in_named(tenant, associate, role, user, &name)
            .await
    }

    /// The same, with a name to be seen.
    pub(crate) async fn sign_in_named(
        &self,
        tenant: &TenantId,
        associate: &str,
        role: Option<Role>,
        user: Option<&UserId>,
        name: &str,
    ) -> (String, String) {
        let (cookie, form_token) = (self.near.chance.token(), self.near.chance.token());
        let key = HEXLOWER.encode(&Sha256::digest(cookie.as_bytes()));
        let now = self.clock.now();
        let tokens = Credential {
            access: "access".to_owned(),
            expires: now + jiff::SignedDuration::from_hours(1),
            refresh: "refresh".to_owned(),
            account: String::new(),
            authority: tenant.as_str().to_owned(),
            scope: String::new(),
        };
        let text = serde_json::to_string(&tokens).expect("JSON");
        let sealed = self.near.vault.seal_text(&format!("SIGNIN#{key}"), &text);
        let sign_in = SignIn {
            tenant: tenant.clone(),
            associate: associate.to_owned(),
            name: name.to_owned(),
            address: "somebody@nordlys.example".to_owned(),
            may_administer: associate == "1",
            role,
            user: user.cloned(),
            form_token: form_token.clone(),
            sealed: sealed.expect("sealed"),
            since: now,
            used: now,
        };
        let stored = self.near.ledger.put_sign_in(&key, &sign_in).await;
        stored.expect("stored");
        (cookie, form_token)
    }
}

/// The people of a tenant.
pub(crate) struct People {
    pub(crate) tenant: TenantId,
    pub(crate) profile: Profile,
    pub(crate) anna: LinkedUser,
    pub(crate) bjorn: LinkedUser,
}

fn linked(profile: &Profile, associate: &str, name: &str, local: &str) -> LinkedUser {
    let address = format!("{local}@nordlys.example");
    let mut link = LinkedUser {
        tenant: profile.tenant.clone(),
        profile: profile.id.clone(),
        id: UserId::new(""),
        associate: Associate {
            id: associate.to_owned(),
            name: name.to_owned(),
            address: address.clone(),
        },
        mailbox: Mailbox {
            id: format!("mailbox-of-{local}"),
            name: name.to_owned(),
            address,
        },
        preferences: None,
        enabled: true,
        since: begin(),
    };
    link.id = UserId::of(&link.pairing(), System::Microsoft);
    link
}
