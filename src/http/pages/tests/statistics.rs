//! The statistics.

use time::Duration;
use time::macros::datetime;

use super::*;
use crate::domain::VisitTotal;

fn view(visits: Option<VisitsView>) -> StatisticsView<'static> {
    StatisticsView { visits, images: 3, still: 1, animated: 1, tags: 1_234, popular: vec![] }
}

fn visits(count: u64) -> VisitsView {
    let since = datetime!(2026-11-20 12:00 UTC);
    let steps = |width: Duration, count| (0..24).map(|step| (since + width * step, count)).collect();
    VisitsView {
        total: VisitTotal { total: 1_234_567, since },
        hours: steps(Duration::HOUR, count),
        days: steps(Duration::DAY, count),
    }
}

async fn html_of(view: &StatisticsView<'_>) -> String {
    text(statistics(view, &HeaderMap::new())).await
}

#[tokio::test]
async fn what_is_drawn_is_also_told() {
    let html = html_of(&view(Some(visits(7)))).await;
    assert!(html.contains("<dd>1,234,567</dd>") && html.contains("since 20 November 2026"), "{html}");
    assert_eq!(html.matches(r#"<svg viewBox="0 0 240 100""#).count(), 2, "{html}");
    for named in ["hours-title hours-description", "days-title days-description"] {
        let (title, description) = named.split_once(' ').unwrap();
        assert!(html.contains(&format!(r#"role="img" aria-labelledby="{named}""#)), "{html}");
        assert!(
            html.contains(&format!(r#"<title id="{title}">"#))
                && html.contains(&format!(r#"<desc id="{description}">"#))
        );
    }
    assert_eq!(html.matches("<tr><th scope=\"row\"><time datetime=").count(), 48, "every bar is a row of a table");
    assert!(html.contains("168 visits."), "{html}");
}

#[tokio::test]
async fn without_the_database_the_rest_is_told() {
    let html = html_of(&view(None)).await;
    assert!(html.contains("cannot be read at the moment") && !html.contains("role=\"img\""), "{html}");
    assert!(html.contains("<dd>3</dd>") && html.contains("<dd>1,234</dd>"), "{html}");
}

#[tokio::test]
async fn an_empty_catalogue_is_told_without_dividing_by_it() {
    let html = html_of(&StatisticsView { images: 0, still: 0, animated: 0, ..view(Some(visits(0))) }).await;
    assert!(html.contains("No visits yet.") && !html.contains("What there is to see"), "{html}");
}

#[tokio::test]
async fn tags_stay_text() {
    let tag = Tag::parse("\"><script>&x=1").unwrap();
    let html = html_of(&StatisticsView { popular: vec![(&tag, 2)], ..view(None) }).await;
    assert!(html.contains(r#"href="/images?tag=%22%3E%3Cscript%3E%26x%3D1""#) && !html.contains("<script"), "{html}");
    assert!(html.contains(r#"<rect width="67" height="1"/>"#), "{html}");
}
