//! The document: committed, complete, and served.
//!
//! `UPDATE_DOCS=1 cargo test --test it openapi::` writes the committed one anew.

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;
use sirius::http::openapi::document;

use crate::support::TestApp;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/openapi.json");

#[test]
fn the_committed_document_is_the_codes() {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(Path::new(COMMITTED).parent().unwrap()).unwrap();
        std::fs::write(COMMITTED, document()).unwrap();
    }
    let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
    assert!(
        committed == document(),
        "openapi/openapi.json is not what the code says; write it anew with UPDATE_DOCS=1 cargo test --test it openapi::"
    );
}

#[tokio::test]
async fn the_served_document_is_the_committed_one() {
    let app = TestApp::empty().await;
    assert_eq!(app.get("/openapi.json").await.text().await.unwrap(), document());
}

#[test]
fn every_operation_says_what_a_reader_wants_to_know() {
    let document: Value = serde_json::from_str(&document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 7);
    let mut ids = HashSet::new();
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().unwrap() {
            let name = format!("{method} {path}");
            let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{name} has no id"));
            assert!(ids.insert(id), "{name} has the id {id}, which another has too");
            assert!(operation["summary"].is_string(), "{name} has no summary");
            assert!(operation["description"].is_string(), "{name} has no description");
            let responses = operation["responses"].as_object().unwrap();
            for status in ["400", "429", "500", "503"] {
                assert!(responses.contains_key(status), "{name} does not say that it may answer {status}");
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                assert!(parameter["description"].is_string(), "{name}: {} has no description", parameter["name"]);
            }
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let is_part = ["Attribution", "Storage", "TagCount", "VisitStep"].contains(&name.as_str());
        assert!(is_part || schema["example"].is_object(), "{name} has no example");
    }
}
