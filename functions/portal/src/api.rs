//! The JSON API under `/api/v1`: the same acts as the pages, for programs. The OpenAPI document is generated from these
//! handlers. A caller bears the cookie of a sign-in, and sends its form token in `X-Form-Token` with every change.

mod body;
mod links;
mod people;
mod profiles;
pub(crate) mod shapes;

use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use axum::routing::get;
use axum::{Json, Router};
use tower::{ServiceExt as _, service_fn};
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{OpenApi as Document, RefOr};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Portal;
use crate::guard::TOKEN_HEADER;
use crate::layers;

/// Where the API lives.
const ROOT: &str = "/api/v1";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Synchronizer",
        version = "1",
        description = "Keeps SuperOffice and a calendar in step. Sign in by the portal; the cookie of that sign-in opens the API. \
                       Every change also needs the sign-in's form token (see `GET /api/v1/me`) in the header `X-Form-Token`. \
                       Errors are RFC 9457 problems that say what happened, whose move it is and what to do. \
                       What belongs to another tenant is answered as not found."
    ),
    tags(
        (name = "sign-in", description = "Who is signed in"),
        (name = "profiles", description = "Settings of a calendar system; administrators only"),
        (name = "users", description = "Linked users; a user reaches the own link only"),
        (name = "tenant", description = "What concerns the whole tenant; administrators only"),
    ),
    components(schemas(shapes::Problem))
)]
struct Described;

/// The API. It is put together when it is first asked for: to describe it takes longer than all else that a start of the
/// portal does by itself.
pub(crate) fn routes(portal: &Arc<Portal>) -> Router<Arc<Portal>> {
    let (portal, whole) = (Arc::clone(portal), Arc::new(OnceLock::<Router>::new()));
    let ask = service_fn(move |request: Request| {
        let whole = whole.get_or_init(|| described().with_state(Arc::clone(&portal)));
        whole.clone().oneshot(request)
    });
    Router::new().nest_service(ROOT, ask)
}

/// All routes, and among them `GET /api/v1/openapi.json`, for everybody.
fn described() -> Router<Arc<Portal>> {
    let (router, routes) = OpenApiRouter::new()
        .routes(routes!(people::me))
        .routes(routes!(people::audit))
        .routes(routes!(people::administrators, people::set_administrators))
        .routes(routes!(profiles::list, profiles::create))
        .routes(routes!(profiles::one, profiles::change))
        .routes(routes!(profiles::switch))
        .routes(routes!(profiles::candidates))
        .routes(routes!(profiles::linked, profiles::link))
        .routes(routes!(links::all))
        .routes(routes!(links::one, links::change, links::remove))
        .routes(routes!(links::switch))
        .routes(routes!(links::sync))
        .routes(routes!(links::approve))
        .routes(routes!(links::mail))
        .routes(routes!(links::journal))
        .split_for_parts();
    let mut document = Described::openapi().nest(ROOT, routes);
    secure(&mut document);
    explain(&mut document);
    let document = Arc::new(document);
    router
        .route(
            "/openapi.json",
            get(async move || Json((*document).clone())),
        )
        .fallback(layers::no_such_page)
        .method_not_allowed_fallback(layers::no_such_act)
}

/// Both halves of what a caller must bear.
fn secure(document: &mut Document) {
    let components = document.components.get_or_insert_default();
    let cookie = ApiKeyValue::with_description("__Host-sign-in", "The cookie of a sign-in.");
    let token = ApiKeyValue::with_description(TOKEN_HEADER, "The form token, with every change.");
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    components.add_security_scheme("token", SecurityScheme::ApiKey(ApiKey::Header(token)));
    let both = utoipa::openapi::security::SecurityRequirement::new("cookie", [""; 0])
        .add("token", [""; 0]);
    document.security = Some(vec![both]);
}

/// What is the same for all calls, so said once: what a status means, and that a call is named by its tag as well, for an
/// `operationId` stands for one call of the whole document.
fn explain(document: &mut Document) {
    let items = document.paths.paths.values_mut();
    let operations = items.flat_map(|item| {
        [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
        ]
    });
    for operation in operations.flatten() {
        if let (Some(tags), Some(id)) = (&operation.tags, &operation.operation_id) {
            operation.operation_id = Some(format!("{}-{id}", tags.join("-")));
        }
        for (status, response) in &mut operation.responses.responses {
            if let RefOr::T(response) = response {
                meaning(status).clone_into(&mut response.description);
            }
        }
    }
}

fn meaning(status: &str) -> &'static str {
    match status {
        "200" => "What was asked for.",
        "201" => "It was made.",
        "202" => "It was taken up and goes on by itself.",
        "204" => "It was done.",
        "401" => "Nobody is signed in, or the sign-in has ended.",
        "403" => "The caller's role does not allow it, or the form token is missing.",
        "404" => "It is not there, or it belongs to another tenant.",
        "409" => "It cannot be done as things stand; the problem says what to do first.",
        "422" => "What was sent cannot be used; nothing was changed.",
        "429" => "It was asked for too soon; `Retry-After` says when.",
        "503" => "A vendor cannot be reached; trying again later helps.",
        _ => "",
    }
}
