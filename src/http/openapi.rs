//! The OpenAPI document: what it says beside the operations themselves.

use std::collections::HashMap;

use poem::endpoint::BoxEndpoint;
use poem::http::Method;
use poem_openapi::registry::{MetaApi, MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::{LicenseObject, OpenApi, OpenApiService, ServerObject};

use super::api::Api;
use super::api::json::API_PREFIX;

const DESCRIPTION: &str = "\
Random images of your own, and an exact count of visits.

Every image that a request asks for is chosen from memory; every visit is on the disk before it is acknowledged. Errors \
are problem documents (RFC 9457) with the request's trace id. Lists and walks go on with `next_cursor`. Each client \
address has a quota, told by `RateLimit` and `RateLimit-Policy`; over it the answer is 429 with `Retry-After`. Every \
answer may be read by pages of any origin.";

/// What generators of clients call the operations. Were it said with the operations themselves, poem-openapi would have each of
/// their answers carry it, in a layer of its own.
const OPERATION_IDS: [(&str, &str); 8] = [
    ("GET /images/random", "getRandomImage"),
    ("GET /images", "listImages"),
    ("GET /images/{id}", "getImage"),
    ("GET /images/{id}/content", "getImageContent"),
    ("GET /tags", "listTags"),
    ("POST /visits", "countVisit"),
    ("GET /visits", "getVisits"),
    ("GET /visits/history", "getVisitHistory"),
];

/// The document, as `/openapi.json` and `sirius openapi` give it.
#[must_use]
pub fn document() -> String {
    let described = OpenApiService::new(Described, "Sirius", env!("CARGO_PKG_VERSION"))
        .description(DESCRIPTION)
        .license(LicenseObject::new("MIT OR Apache-2.0").url("https://spdx.org/licenses/MIT.html"))
        .server(ServerObject::new(API_PREFIX));
    described.spec() + "\n"
}

/// An endpoint for each method of each path.
type Routes = HashMap<String, HashMap<Method, BoxEndpoint<'static>>>;

/// The API without anything to work with: enough to describe it, and `sirius openapi` needs no database.
struct Described;

impl OpenApi for Described {
    /// The document has the prefix once, as its server.
    fn meta() -> Vec<MetaApi> {
        let mut described = Api::meta();
        for path in described.iter_mut().flat_map(|api| &mut api.paths) {
            path.path = path.path.strip_prefix(API_PREFIX).unwrap_or(&path.path).to_owned();
            for operation in &mut path.operations {
                let name = format!("{} {}", operation.method, path.path);
                operation.operation_id = OPERATION_IDS.iter().find(|(known, _)| **known == name).map(|(_, id)| *id);
            }
        }
        described
    }

    fn register(registry: &mut Registry) {
        Api::register(registry);
        for schema in registry.schemas.values_mut() {
            schema.properties.iter_mut().for_each(|(_, property)| refer_plainly(property));
        }
    }

    fn add_routes(self, _: &mut Routes) {}
}

/// Takes a bare description out of what a property is made of: poem-openapi puts it beside the reference that it
/// describes, and generators of clients take it for a type of its own. The property has the same description itself.
fn refer_plainly(property: &mut MetaSchemaRef) {
    if let MetaSchemaRef::Inline(schema) = property {
        let has_type = |part: &MetaSchemaRef| match part {
            MetaSchemaRef::Inline(part) => MetaSchema { description: None, ..(**part).clone() } != MetaSchema::ANY,
            MetaSchemaRef::Reference(_) => true,
        };
        schema.all_of.retain(has_type);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_that_of_an_operation() {
        let paths = Described::meta().into_iter().flat_map(|api| api.paths);
        let mut given: Vec<_> = paths.flat_map(|path| path.operations).filter_map(|found| found.operation_id).collect();
        let mut known = OPERATION_IDS.map(|(_, id)| id);
        given.sort_unstable();
        known.sort_unstable();
        assert_eq!(given, known);
    }
}
