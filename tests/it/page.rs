//! The page, as its HTML is sent. What it looks like and does is tested in a browser, see `tests/browser`.

use crate::support::TestApp;
use crate::support::app::header;

#[tokio::test]
async fn it_shows_a_picture_and_the_visitors_number() {
    let app = TestApp::with_pictures(3).await;
    for number in [1, 2] {
        let answer = app.get("/").await;
        assert_eq!((answer.status().as_u16(), header(&answer, "cache-control")), (200, "no-store"));
        let policy = header(&answer, "content-security-policy").to_owned();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe-inline"), "{policy}");
        let html = answer.text().await.unwrap();
        assert!(html.contains("id=\"picture\"") && html.contains("/content\""), "{html}");
        assert!(html.contains("id=\"visitor-number\"") && html.contains(&format!(">{number}<")), "{html}");
    }
}

#[tokio::test]
async fn an_empty_catalogue_says_how_to_fill_it() {
    let app = TestApp::empty().await;
    let html = app.get("/").await.text().await.unwrap();
    assert!(html.contains("sirius import"), "{html}");
}

#[tokio::test]
async fn its_files_are_there_and_kept_for_ever() {
    let app = TestApp::with_pictures(1).await;
    for page in ["/", "/docs"] {
        let html = app.get(page).await.text().await.unwrap();
        let files: Vec<_> = html.split('"').filter(|text| text.starts_with("/assets/")).collect();
        assert!(files.len() >= 2, "{html}");
        for file in files {
            let answer = app.get(file).await;
            assert_eq!(answer.status(), 200, "{file}");
            assert!(header(&answer, "cache-control").contains("immutable"), "{file}");
        }
    }
    assert_eq!(app.get("/favicon.ico").await.status(), 200);
}
