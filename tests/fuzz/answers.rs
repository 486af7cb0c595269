//! Targets that read answers: pages, batches, archives, refusals, token endpoints and id tokens.

use std::sync::LazyLock;

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::google::probe as google;
use shared::graph::{Graph, probe as graph};
use shared::http::{Answer, Http};
use shared::item::zone::Zone;
use shared::oauth::{Registration, TokenError};
use shared::observation::Seen;
use shared::superoffice::{SuperOffice, probe as superoffice};

use super::corpus::{event, google_event, graph_pages, superoffice_fixtures, texts, values};
use super::mutate::Form;
use super::{Said, Target};

pub(super) fn targets() -> Vec<Target> {
    let json = |name, corpus: fn() -> Vec<Vec<u8>>, feed| Target {
        name,
        form: Form::Json,
        corpus,
        feed,
    };
    vec![
        json("graph-page", graph_pages, graph_page),
        json("graph-batch", batches, graph_batch),
        json("google-page", google_pages, google_page),
        json("refusals", refusals, refused),
        json("so-archive", archives, superoffice_archive),
        json("so-zones", zone_lists, superoffice_zones),
        json("oauth", token_answers, oauth),
        json("id-claims", claims, id_claims),
        Target {
            name: "id-token",
            form: Form::Text,
            corpus: tokens,
            feed: id_token,
        },
    ]
}

pub(super) fn now() -> Timestamp {
    static NOW: LazyLock<Timestamp> =
        LazyLock::new(|| "2026-11-25T12:00:00Z".parse().expect("a time"));
    *NOW
}

pub(super) fn answer(status: u16, body: &[u8]) -> Answer {
    Answer {
        status,
        headers: axum::http::HeaderMap::new(),
        body: body.to_vec(),
    }
}

fn graph_page(input: &[u8], said: &mut Said) {
    let root = "https://graph.microsoft.com/v1.0";
    match graph::page(&answer(200, input), root, &Zone::utc()) {
        Err(error) => said.error(&error),
        Ok((seen, to_read, removed)) => {
            for each in [seen.len(), to_read, removed] {
                said.about(each);
            }
            for each in &seen {
                if let shared::observation::Seen::Unreadable(unreadable) = each {
                    said.words(&unreadable.reason);
                }
            }
        }
    }
}

fn batches() -> Vec<Vec<u8>> {
    let part = |id: &str, status: u16, body: Value| json!({"id": id, "status": status, "headers": {"Retry-After": "7", "request-id": "abc"}, "body": body});
    let refusal = |code: &str| json!({"error": {"code": code, "message": "x"}});
    values([
        json!({"responses": [part("0", 200, event()), part("1", 404, refusal("ErrorItemNotFound"))]}),
        json!({"responses": [part("1", 429, refusal("ApplicationThrottled")), part("0", 503, Value::Null), part("2", 200, Value::Null)]}),
        json!({"responses": []}),
    ])
}

/// As many answers as were asked for, or an error that quotes nothing.
fn graph_batch(input: &[u8], said: &mut Said) {
    match graph::batch(&answer(200, input), 3, now()) {
        Ok(found) => {
            assert_eq!(found.len(), 3);
            said.kind(found.iter().map(Option::is_some).collect::<Vec<_>>());
        }
        Err(error) => said.error(&error),
    }
}

fn google_pages() -> Vec<Vec<u8>> {
    let event = google_event();
    let gone = json!({"id": "gone", "status": "cancelled", "etag": "\"1\""});
    let mut occurrence = event.clone();
    occurrence["recurringEventId"] = json!("abc");
    values([
        json!({"kind": "calendar#events", "timeZone": "Europe/Oslo", "defaultReminders": [{"method": "popup", "minutes": 10}],
            "items": [event, gone, occurrence], "nextPageToken": "x"}),
        json!({"items": [], "nextSyncToken": "x"}),
    ])
}

/// A page is read, or refused without being quoted; what is gone, and what belongs to a series, is no event on it.
fn google_page(input: &[u8], said: &mut Said) {
    match google::page(&answer(200, input), &Zone::utc(), now()) {
        Err(error) => said.error(&error),
        Ok(seen) => {
            said.about(seen.len());
            for one in seen {
                match one {
                    Seen::Item(sighting) => said.kind(sighting.permits),
                    Seen::Unreadable(unreadable) => said.words(&unreadable.reason),
                }
            }
        }
    }
}

fn refusals() -> Vec<Vec<u8>> {
    let graph = |code: &str| json!({"error": {"code": code, "message": "x", "innerError": {"request-id": "a"}}});
    let mut all: Vec<Value> = [
        "ErrorItemNotFound",
        "SyncStateNotFound",
        "ErrorQuotaExceeded",
        "MailboxNotEnabledForRESTAPI",
        "insufficient_claims",
        "ErrorDuplicateTransactionId",
        "x",
    ]
    .into_iter()
    .map(graph)
    .collect();
    for reason in [
        "rateLimitExceeded",
        "fullSyncRequired",
        "duplicate",
        "forbidden",
        "x",
    ] {
        let one = json!({"domain": "calendar", "reason": reason, "message": "x"});
        all.push(json!({"error": {"code": 403, "errors": [one], "message": "x"}}));
    }
    all.push(json!({"Error": true, "ErrorType": "SoSentryException", "ErrorMessage": "x"}));
    all.push(json!({"Error": true, "ErrorType": "ArgumentValidation", "ErrorMessage": "x"}));
    all.push(json!({"ContextIdentifier": "Cust1", "State": "OnlineMaintenance", "IsRunning": true, "ValidUntil": "2026-11-22T12:20:00Z", "Api": "https://online3.example/Cust1/api/"}));
    let mut all = values(all);
    all.extend(texts(&["<html>c4n4ry @ x</html>", "", "null"]));
    all
}

/// Whatever the status and body, the meaning quotes nothing of it but the vendor's code.
fn refused(input: &[u8], said: &mut Said) {
    let hash = input.iter().fold(5_usize, |hash, byte| {
        hash.wrapping_mul(33).wrapping_add(usize::from(*byte))
    });
    let statuses = [
        0, 100, 302, 400, 401, 403, 404, 408, 409, 410, 412, 413, 421, 422, 429, 500, 502, 503,
        504, 507, 599, 999,
    ];
    let mut answer = answer(statuses[hash % statuses.len()], input);
    let waits = ["7", "x", "-1", "1e300", "Sun, 22 Nov 2026 12:01:00 GMT"];
    if let Some(wait) = waits.get(hash / 64 % 8) {
        answer
            .headers
            .insert("retry-after", wait.parse().expect("a header"));
    }
    said.error(&graph::refusal(&answer, now()));
    said.error(&google::refusal(&answer, now()));
    said.error(&superoffice::refusal(&answer, now()));
    match superoffice::state(&answer, now()) {
        Ok(()) => said.kind("runs"),
        Err(error) => said.error(&error),
    }
}

fn archives() -> Vec<Vec<u8>> {
    let row = json!({"PrimaryKey": "1", "appointment.appointment_id": "[I:7]", "appointment.associate_id": 5, "appointment.updated": "2026-11-24T09:00:00.0000000", "appointment.updatedCount": "3",
        "appointment.registered": "[DT:2026-11-24T09:00:00]", "appointment.recurrenceRuleId": 0, "appointment.mother_id": 0, "appointment.type": "1", "appointment.status": 1,
        "appointment.document_id": null, "appointment.do_by": "2026-11-24T09:00:00", "appointment.original_start_date": "0001-01-01T00:00:00", "appointment.alldayEvent": "[B:1]"});
    let mut all = values([
        json!({"value": [row, row], "odata.nextLink": "x"}),
        json!({"value": []}),
    ]);
    all.extend(
        superoffice_fixtures()
            .into_iter()
            .filter(|text| text.len() < 20_000),
    );
    all
}

fn superoffice_archive(input: &[u8], said: &mut Said) {
    match superoffice::archive(&answer(200, input)) {
        Ok((ids, version)) => {
            said.about(ids.len());
            assert_eq!(version.as_str().len(), 32);
        }
        Err(error) => said.error(&error),
    }
}

fn zone_lists() -> Vec<Vec<u8>> {
    values([
        json!({"list": [{"Id": 261, "Name": "NO", "ExtraInfo": "countryId=578&locationCode=NO&isActive=True&IANA=Europe/Oslo"}, {"Id": 1, "ExtraInfo": null}], "base": {"TZLocationID": 261, "TZLocationCode": "NO"}}),
    ])
}

fn superoffice_zones(input: &[u8], said: &mut Said) {
    let Ok(value) = serde_json::from_slice::<Value>(input) else {
        return said.kind("no JSON");
    };
    let part = |name: &str| value.get(name).cloned().unwrap_or_default().to_string();
    let zones = superoffice::Zones::read(part("list").as_bytes(), part("base").as_bytes());
    said.kind(zones.is_some());
    if let Some(zones) = zones {
        let span = shared::item::appointment::Span::AllDay {
            first: jiff::civil::Date::MIN,
            until: jiff::civil::Date::MAX,
        };
        said.kind((zones.has_place(&span), zones.preference(&span)));
        let read = superoffice::read(&super::corpus::entity(), &zones).expect("an entity");
        assert!(read.is_ok());
    }
}

fn token_answers() -> Vec<Vec<u8>> {
    values([
        json!({"access_token": "a", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "r", "scope": "Calendars.ReadWrite", "id_token": "x.y.z"}),
        json!({"access_token": "a", "token_type": "bearer", "expires_in": "3600"}),
        json!({"error": "invalid_grant", "error_description": "AADSTS700082: x", "error_codes": [700_082], "suberror": "basic_action"}),
        json!({"error": "interaction_required", "error_codes": [50076], "error_description": "x"}),
        json!({"error": "temporarily_unavailable"}),
    ])
}

static GRAPH: LazyLock<Graph> = LazyLock::new(|| {
    let http = Http::new(Clock::manual(now()));
    Graph::new(
        http,
        "https://login.microsoftonline.com",
        "https://graph.microsoft.com",
        "client".to_owned(),
        "secret".to_owned(),
        "https://x".to_owned(),
    )
});

static SUPEROFFICE: LazyLock<SuperOffice> = LazyLock::new(|| {
    let http = Http::new(Clock::manual(now()));
    SuperOffice::new(
        http,
        "https://online.superoffice.com".to_owned(),
        "client".to_owned(),
        "secret".to_owned(),
        "https://x".to_owned(),
    )
});

static REGISTRATION: LazyLock<Registration> = LazyLock::new(|| GRAPH.registration());

/// Tokens, or whose move it is; never a token or a description in an error.
fn oauth(input: &[u8], said: &mut Said) {
    for status in [200, 400, 401, 503, 302] {
        match REGISTRATION.answered(&answer(status, input)) {
            Ok(tokens) => said.kind((
                tokens.refresh.is_some(),
                tokens.id_token.is_some(),
                tokens.scope.is_some(),
            )),
            Err(error) => {
                // The error word itself is the vendor's: a content field cannot be moved into it here.
                said.error(&error);
                said.words(&error.to_string());
                said.error(&GRAPH.classify(&error));
                said.error(&SUPEROFFICE.classify(error.clone()));
                if status >= 500 || status == 302 {
                    assert!(
                        matches!(error, TokenError::Unavailable(_)),
                        "{status} says nothing of the grant"
                    );
                }
            }
        }
    }
}

fn claims() -> Vec<Vec<u8>> {
    values([
        json!({"iss": "https://login.microsoftonline.com/t/v2.0", "aud": "client", "exp": 1_895_348_800, "nonce": "n", "oid": "o", "tid": "t", "preferred_username": "a@b"}),
        json!({"iss": "https://online.superoffice.com", "aud": "client", "exp": "1895348800", "nonce": "n", "name": "Ola", "http://schemes.superoffice.net/identity/ctx": "Cust26759",
            "http://schemes.superoffice.net/identity/associateid": "5", "http://schemes.superoffice.net/identity/company_name": "Acme", "http://schemes.superoffice.net/identity/is_administrator": "True",
            "http://schemes.superoffice.net/identity/email": "a@b"}),
    ])
}

/// Claims with any values, in a token of the right form.
fn id_claims(input: &[u8], said: &mut Said) {
    let header = BASE64URL_NOPAD.encode(br#"{"alg":"RS256","kid":"1"}"#);
    let token = format!("{header}.{}.AAAA", BASE64URL_NOPAD.encode(input));
    believed(&token, said);
    if let Some(Err(error)) = superoffice::claims(input) {
        said.error(&error);
    }
}

fn tokens() -> Vec<Vec<u8>> {
    let encode = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
    let body = encode(
        r#"{"iss":"https://login.microsoftonline.com/t/v2.0","aud":"client","exp":1895348800,"nonce":"n","oid":"o","tid":"t"}"#,
    );
    texts(&[
        &format!("{}.{body}.AAAA", encode(r#"{"alg":"RS256","kid":"1"}"#)),
        &format!("{}.{body}.", encode(r#"{"alg":"none"}"#)),
        &format!(
            "{}.{body}.AAAA",
            encode(r#"{"alg":"HS256","kid":"1","jwk":{"kty":"oct","k":"AAAA"}}"#)
        ),
        "a.b.c",
        "..",
        "",
    ])
}

fn id_token(input: &[u8], said: &mut Said) {
    believed(&String::from_utf8_lossy(input), said);
}

/// No token without a signature of the login host's key is believed by SuperOffice, and none that was not asked for by
/// Microsoft 365.
fn believed(token: &str, said: &mut Said) {
    static KEYS: LazyLock<superoffice::Keys> = LazyLock::new(keys);
    match graph::id_token(&GRAPH, token, "n") {
        Ok(()) => said.kind("believed"),
        Err(error) => said.error(&error),
    }
    match superoffice::id_token(&SUPEROFFICE, token, &KEYS) {
        Ok(()) => panic!("a token without a good signature was believed"),
        Err(error) => said.error(&error),
    }
}

/// A key of a login host.
fn keys() -> superoffice::Keys {
    let modulus = BASE64URL_NOPAD.encode(&[0xb7; 256]);
    let keys = json!({"keys": [{"kty": "RSA", "kid": "1", "alg": "RS256", "use": "sig", "n": modulus, "e": "AQAB"}]});
    serde_json::from_value(keys).expect("keys")
}
