//! `GET /api/v1/images/{id}/content`.

use image::ImageFormat;
use reqwest::Method;

use crate::support::app::{header, problem};
use crate::support::{TestApp, pictures};

async fn one_picture(settings: impl FnOnce(&mut sirius::config::Config)) -> (TestApp, Vec<u8>, String) {
    let app = TestApp::with(settings).await;
    let bytes = pictures::still(0x0012_3456, ImageFormat::Jpeg);
    // The content decides, never the name.
    std::fs::write(app.path("wrong.png"), &bytes).unwrap();
    app.import(&[app.path("wrong.png")]).await;
    let path = format!("/api/v1/images/{}/content", app.ids("").await[0]);
    (app, bytes, path)
}

#[tokio::test]
async fn bytes_come_with_all_that_a_cache_wants() {
    let (app, bytes, path) = one_picture(|_| ()).await;
    let response = app.get(&path).await;
    assert_eq!(header(&response, "content-type"), "image/jpeg");
    assert_eq!(header(&response, "cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(header(&response, "x-content-type-options"), "nosniff");
    assert_eq!(header(&response, "accept-ranges"), "bytes");
    let etag = header(&response, "etag").to_owned();
    assert!(etag.starts_with('"'), "{etag} is not strong");
    assert_eq!(response.bytes().await.unwrap(), bytes);

    for known in [etag.clone(), format!("W/{etag}"), "*".to_owned(), format!("\"other\", {etag}")] {
        let response = app.request(Method::GET, &path).header("if-none-match", known).send().await.unwrap();
        assert_eq!((response.status().as_u16(), header(&response, "etag")), (304, etag.as_str()));
    }
    let response = app.request(Method::GET, &path).header("if-none-match", "\"other\"").send().await.unwrap();
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_head_is_the_head_of_the_same_answer() {
    let (app, bytes, path) = one_picture(|_| ()).await;
    for path in [&path, "/api/v1/images", "/openapi.json", "/docs", "/healthz", "/nothing"] {
        let get = app.get(path).await;
        let head = app.request(Method::HEAD, path).send().await.unwrap();
        assert_eq!(get.status(), head.status(), "{path}");
        for name in ["content-length", "content-type", "etag", "cache-control"] {
            // A problem's document has the request's trace id, which is as long in both.
            assert_eq!(header(&get, name), header(&head, name), "{path}: {name}");
        }
        assert!(head.bytes().await.unwrap().is_empty());
    }
    let head = app.request(Method::HEAD, &path).send().await.unwrap();
    assert_eq!(header(&head, "content-length"), bytes.len().to_string());
}

#[tokio::test]
async fn ranges_are_parts_from_memory_and_from_the_store() {
    for max_object_bytes in [1 << 20, 1] {
        let (app, bytes, path) = one_picture(|config| config.cache.max_object_bytes = max_object_bytes).await;
        let ask = |range: &str| app.request(Method::GET, &path).header("range", range).send();
        let length = bytes.len();

        let response = ask("bytes=10-19").await.unwrap();
        assert_eq!(response.status(), 206);
        assert_eq!(header(&response, "content-range"), format!("bytes 10-19/{length}"));
        assert_eq!(response.bytes().await.unwrap(), bytes[10..20]);
        assert_eq!(ask("bytes=-5").await.unwrap().bytes().await.unwrap(), bytes[length - 5..]);
        assert_eq!(ask("bytes=0-").await.unwrap().bytes().await.unwrap(), bytes);
        // Several ranges at once may be ignored, and are.
        let several = ask("bytes=0-1,4-5").await.unwrap();
        assert_eq!((several.status().as_u16(), several.bytes().await.unwrap().len()), (200, length));

        let outside = ask("bytes=999999-").await.unwrap();
        assert_eq!(header(&outside, "content-range"), format!("bytes */{length}"));
        problem(outside, 416, "range-not-satisfiable").await;

        let out_of_date = app.request(Method::GET, &path).header("range", "bytes=0-1").header("if-range", "\"old\"");
        assert_eq!(out_of_date.send().await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn missing_and_damaged_bytes_are_a_bad_gateway() {
    let (app, bytes, path) = one_picture(|_| ()).await;
    let file = walk(&app.data_dir().join("blobs"))
        .into_iter()
        .find(|file| std::fs::read(file).is_ok_and(|content| content == bytes));
    let file = file.unwrap();
    std::fs::write(&file, vec![0; bytes.len()]).unwrap();
    problem(app.get(&path).await, 502, "bytes-unavailable").await;
    std::fs::remove_file(&file).unwrap();
    problem(app.get(&path).await, 502, "bytes-unavailable").await;
    // What is mended is served again: a failure is not kept.
    std::fs::write(&file, &bytes).unwrap();
    assert_eq!(app.get(&path).await.bytes().await.unwrap(), bytes);
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] })
        .collect()
}
