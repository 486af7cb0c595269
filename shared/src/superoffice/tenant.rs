//! Where a tenant is and whether it runs. The host moves at any time, so it is asked for and never stored beyond what the
//! answer allows (`GET /api/state/{context}`, no credentials; technical requirements of the vendor).

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::texts;
use crate::connector::{Error, Whose};
use crate::http::Http;
use crate::tenant::TenantId;

/// What the login host says of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    /// The address of its API, without a slash at the end.
    pub(super) api: String,
    /// Until when this may be believed.
    pub(super) valid_until: Timestamp,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    #[serde(default)]
    api: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    is_running: bool,
    #[serde(default)]
    valid_until: Option<String>,
}

/// Asks the login host.
pub(super) async fn ask(http: &Http, login: &str, tenant: &TenantId) -> Result<State, Error> {
    let now = http.clock.now();
    let request = http
        .request(reqwest::Method::GET, &format!("{login}/api/state/{tenant}"))
        .header("Accept", "application/json");
    let answer = http.send(request).await?;
    if !answer.is_success() {
        return Err(Error::Unavailable {
            detail: format!("tenant state: status {}", answer.status),
        });
    }
    judge(answer.json()?, now)
}

fn judge(wire: Wire, now: Timestamp) -> Result<State, Error> {
    // An answer is believed for at least a minute and at most a day, whatever clocks say.
    let clamp = |at: Timestamp| {
        let within = |seconds| {
            now.checked_add(SignedDuration::from_secs(seconds))
                .unwrap_or(now)
        };
        at.clamp(within(60), within(86_400))
    };
    let valid_until = clamp(
        wire.valid_until
            .as_deref()
            .and_then(texts::instant)
            .unwrap_or(now),
    );
    let state = wire.state.unwrap_or_default();
    match (wire.is_running, wire.api) {
        (true, Some(api)) => Ok(State {
            api: api.trim_end_matches('/').to_owned(),
            valid_until,
        }),
        (true, None) => Err(Error::Unavailable {
            detail: "tenant state: no address".to_owned(),
        }),
        (false, _) if matches!(state.as_str(), "Deleted" | "Deleting" | "Suspended") => {
            Err(Error::Unauthorised {
                whose: Whose::Admin,
                detail: format!("tenant {state}"),
            })
        }
        // Maintenance, moving, being made: it comes back by itself.
        (false, _) => Err(Error::Throttled { until: valid_until }),
    }
}

#[cfg(feature = "probe")]
pub(super) fn probed(answer: &crate::http::Answer, now: Timestamp) -> Result<(), Error> {
    judge(answer.json()?, now).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(json: &str) -> Result<State, Error> {
        let now = "2026-11-22T12:00:00Z".parse().expect("a time");
        judge(serde_json::from_str(json).expect("JSON"), now)
    }

    #[test]
    fn a_running_tenant_is_where_it_says_until_it_says() {
        let state = judged(
            r#"{"ContextIdentifier":"Cust1","State":"OnlineMaintenance","IsRunning":true,"Extra":1,
                "ValidUntil":"2026-11-22T12:20:00Z","Api":"https://online3.example/Cust1/api/"}"#,
        )
        .expect("a state");
        assert_eq!(state.api, "https://online3.example/Cust1/api");
        assert_eq!(state.valid_until.to_string(), "2026-11-22T12:20:00Z");
    }

    #[test]
    fn maintenance_is_waited_for_and_a_suspended_tenant_is_its_administrators_matter() {
        let until = "2026-11-22T12:30:00Z".parse().expect("a time");
        assert_eq!(
            judged(
                r#"{"State":"OfflineMaintenance","IsRunning":false,"ValidUntil":"2026-11-22T12:30:00Z"}"#
            ),
            Err(Error::Throttled { until })
        );
        assert!(matches!(
            judged(r#"{"State":"Suspended","IsRunning":false}"#),
            Err(Error::Unauthorised {
                whose: Whose::Admin,
                ..
            })
        ));
    }
}
