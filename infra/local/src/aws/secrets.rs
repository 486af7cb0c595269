//! Secrets Manager, in memory: the installation's secrets are put in at each start.
//!
//! Never invents a secret: what it holds comes from [`crate::kept`].

use std::sync::Arc;

use anyhow::anyhow;
use rustack_secretsmanager_core::config::SecretsManagerConfig;
use rustack_secretsmanager_core::provider::RustackSecretsManager;
use serde_json::{Value, json};

use super::{ACCOUNT, REGION};
use crate::kept::Secrets;

/// Name of the secret with the OAuth registrations.
pub(crate) const OAUTH: &str = "synchronizer/oauth";
/// Name of the secret with the keyring.
pub(crate) const KEYRING: &str = "synchronizer/keyring";

/// The secrets' keeper.
pub(crate) struct Vault(Arc<RustackSecretsManager>);

impl Vault {
    /// A keeper that holds `secrets`.
    pub(crate) fn open(secrets: &Secrets) -> anyhow::Result<Self> {
        let provider = RustackSecretsManager::new(SecretsManagerConfig {
            skip_signature_validation: true,
            default_region: REGION.to_owned(),
            default_account_id: ACCOUNT.to_owned(),
        });
        for (name, secret) in [(OAUTH, &secrets.oauth), (KEYRING, &secrets.keyring)] {
            put(&provider, name, secret)?;
        }
        Ok(Self(Arc::new(provider)))
    }

    /// For the SDK's door.
    pub(crate) fn provider(&self) -> Arc<RustackSecretsManager> {
        Arc::clone(&self.0)
    }
}

fn put(provider: &RustackSecretsManager, name: &str, secret: &Value) -> anyhow::Result<()> {
    let wish = json!({ "Name": name, "SecretString": secret.to_string() });
    provider
        .handle_create_secret(serde_json::from_value(wish)?)
        .map_err(|error| anyhow!("Secrets Manager: {error}"))?;
    Ok(())
}
