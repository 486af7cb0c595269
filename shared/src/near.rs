//! Everything on our own side of the wire, built once per process: every function's `main` is telemetry, `Near`, run.
//!
//! Never holds a vendor's client: those are made by whoever talks to vendors, from what is here.

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use crate::chance::Chance;
use crate::clock::Clock;
use crate::config::{Config, Missing, environment};
use crate::http::Http;
use crate::ledger::Ledger;
use crate::mail::Mail;
use crate::queue::Queue;
use crate::vault::{self, Vault};

/// The near side. All its parts are cheap to clone and share what they hold.
#[derive(Debug, Clone)]
pub struct Near {
    /// What the environment says.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub chance: Chance,
    /// HTTP to vendors.
    pub http: Http,
    /// Our memory.
    pub ledger: Ledger,
    /// Credentials at rest.
    pub vault: Vault,
    /// Wishes for sessions.
    pub queue: Queue,
    /// Mails.
    pub mail: Mail,
    /// Our registrations at the vendors.
    pub oauth: Clients,
}

/// Our registrations at the vendors.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
pub struct Clients {
    /// At SuperOffice.
    pub superoffice: ClientKey,
    /// At Microsoft.
    pub microsoft: ClientKey,
    /// At Google; empty in an installation that has none.
    #[serde(default)]
    pub google: ClientKey,
}

/// One registration: never shown by `Debug`.
#[derive(Clone, Default, PartialEq, Eq, serde::Deserialize)]
pub struct ClientKey {
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: String,
}

impl ClientKey {
    /// False where the operator has not registered the installation with this vendor.
    pub fn is_registered(&self) -> bool {
        !self.client_id.is_empty()
    }
}

impl std::fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientKey").finish_non_exhaustive()
    }
}

/// Whether a function has business with secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// It has: they are fetched.
    Fetched,
    /// It has not, and its role may not: the vault is locked, the registrations are empty.
    Untouched,
}

/// Why the near side could not be built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The environment is not as it must be.
    #[error(transparent)]
    Config(#[from] Missing),
    /// A secret could not be fetched.
    #[error(
        "secret {name} could not be fetched ({code}): it must exist, and the function's role must be allowed to read it"
    )]
    Secret {
        /// Its name.
        name: String,
        /// The error code of Secrets Manager.
        code: String,
    },
    /// The secret with the registrations is not what it must be.
    #[error(
        "secret {0} is malformed: it must be JSON with `superoffice` and `microsoft`, each with `client_id` and `client_secret`"
    )]
    Clients(String),
    /// The keyring is not what it must be.
    #[error(transparent)]
    Vault(#[from] vault::Error),
}

impl Near {
    /// Builds the near side from the environment, with the AWS clients made once and the secrets fetched once.
    pub async fn from_env() -> Result<Self, Error> {
        Self::with(Secrets::Fetched).await
    }

    /// The same, and it says whether secrets are needed.
    pub async fn with(secrets: Secrets) -> Result<Self, Error> {
        let config = Config::from_env(environment)?;
        let (clock, chance, aws) = (Clock::system(), Chance::system(), aws().await);
        let (oauth, vault) = match secrets {
            Secrets::Untouched => (Clients::default(), Vault::locked(chance.clone())),
            Secrets::Fetched => unlock(&aws, &config, &chance).await?,
        };
        Ok(Self {
            http: Http::new(clock.clone()),
            ledger: Ledger::dynamo(aws_sdk_dynamodb::Client::new(&aws), config.table.clone()),
            queue: Queue::sqs(aws_sdk_sqs::Client::new(&aws), config.queue_url.clone()),
            mail: Mail::ses(aws_sdk_sesv2::Client::new(&aws), config.mail_from.clone()),
            config,
            clock,
            chance,
            vault,
            oauth,
        })
    }
}

/// How AWS is reached: region, credentials and endpoints by the SDK's standard variables, over our one TLS stack.
async fn aws() -> SdkConfig {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .load()
        .await
}

async fn unlock(
    aws: &SdkConfig,
    config: &Config,
    chance: &Chance,
) -> Result<(Clients, Vault), Error> {
    let client = aws_sdk_secretsmanager::Client::new(aws);
    let (oauth, keyring) = futures::future::try_join(
        fetch(&client, &config.secret_oauth),
        fetch(&client, &config.secret_keyring),
    )
    .await?;
    let clients =
        serde_json::from_str(&oauth).map_err(|_| Error::Clients(config.secret_oauth.clone()))?;
    Ok((clients, Vault::new(&keyring, chance.clone())?))
}

async fn fetch(client: &aws_sdk_secretsmanager::Client, name: &str) -> Result<String, Error> {
    use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
    let missing = |code: Option<&str>| Error::Secret {
        name: name.to_owned(),
        code: code.unwrap_or("no answer").to_owned(),
    };
    match client.get_secret_value().secret_id(name).send().await {
        Ok(answer) => answer
            .secret_string
            .ok_or_else(|| missing(Some("no text in it"))),
        Err(error) => {
            let code = error
                .as_service_error()
                .and_then(ProvideErrorMetadata::code);
            Err(missing(code))
        }
    }
}
