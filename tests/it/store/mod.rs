//! The contract of a database, written once over the traits of `sirius::store` and run on every implementation; and
//! what only one of them can do wrong.

pub mod catalogue;
pub mod connection;
pub mod samples;
pub mod settings;
mod sqlite;
pub mod visits;

use sirius::store::Stores;

/// A database that a test has for itself.
pub trait Database {
    /// Another handle on the same data, as another process would have it.
    async fn connect(&self) -> Stores;
}

/// Does with a database what a Sirius does.
pub async fn works(database: &impl Database) {
    use samples::{MOMENT, many, stored};

    let Stores { catalogue, visits, settings, connection, .. } = database.connect().await;
    assert_eq!(catalogue.add(&many(0..3)).await.unwrap(), [true; 3]);
    let edit = sirius::domain::Edit { title: Some(None), ..sirius::domain::Edit::default() };
    assert_eq!(catalogue.edit(&[stored(1).id], &edit).await.unwrap(), 1);
    assert_eq!(catalogue.remove(&[stored(2).id]).await.unwrap(), 1);
    let changes = catalogue.changes(sirius::store::ChangeNumber(0), 10).await.unwrap();
    assert_eq!((changes.images.len(), changes.removed.len()), (2, 1));
    let counted = visits.count_keyed(&[sirius::domain::VisitKey([1; 32])], 2, MOMENT).await.unwrap();
    assert_eq!(counted.visits[0].number.0, 3);
    assert_eq!(visits.total().await.unwrap().total, 3);
    settings.cursor_key().await.unwrap();
    connection.close().await;
}

/// Runs the whole contract on one database: `$fresh` makes an empty one. A reason stands for what it needs beside a Rust
/// toolchain: its tests are run by `make test-databases` only.
macro_rules! contract {
    ($name:ident, $fresh:path $(, $needs:literal)?) => {
        crate::store::contract!($name, $fresh, ($($needs)?), {
            catalogue: [
                each_content_is_added_once,
                everything_that_is_known_of_an_image_is_read_back,
                changes_come_in_pages_and_in_order,
                removals_come_in_pages_too,
                a_number_is_never_given_twice,
                what_came_and_went_between_two_refreshes_leaves_nothing,
                a_replica_follows_whatever_happens,
                a_replica_follows_while_others_write,
                nothing_changes_when_nothing_is_new,
                an_edit_is_seen_and_keeps_the_number,
                an_edit_that_one_image_refuses_changes_none,
            ],
            visits: [
                the_first_visit_is_number_one,
                handles_share_one_count,
                hours_add_up_to_days,
                a_history_takes_the_steps_that_begin_in_it,
                an_abandoned_count_leaves_no_trace_or_a_whole_one,
                the_count_survives_reopening,
                a_key_is_counted_once_for_a_day,
                one_key_at_several_replicas_is_counted_once,
            ],
            settings: [
                every_replica_gets_the_same_cursor_key,
                bundled_pictures_are_offered_once,
            ],
            connection: [
                what_is_closed_says_so,
            ],
        });
    };
    ($name:ident, $fresh:path, $needs:tt, { $($group:ident: $tests:tt),+ $(,)? }) => {
        mod $name {
            $(mod $group {
                crate::store::contract!(@group $group, $fresh, $needs, $tests);
            })+
        }
    };
    (@group $group:ident, $fresh:path, $needs:tt, [$($test:ident),+ $(,)?]) => {
        $(crate::store::contract!(@test $group, $test, $fresh, $needs);)+
    };
    (@test $group:ident, $test:ident, $fresh:path, ($($needs:literal)?)) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        $(#[ignore = $needs])?
        async fn $test() {
            crate::store::$group::$test(&$fresh()).await;
        }
    };
}

pub(crate) use contract;

contract!(on_sqlite, crate::store::sqlite::fresh);
