//! Databases that cannot be used: one sentence each that says what to do, and no secret in it.

use sirius::config::Migrate;
use sirius::store::OpenError;

use super::server::{Fresh, MariaDb, Postgres, Server, settings};

/// What a database is refused with; never with the password.
async fn refusal(url: &str) -> OpenError {
    let refused = sirius::store::open(&settings(url), "unused".as_ref()).await.err().expect("it must be refused");
    assert!(!refused.to_string().contains("a-password"), "{refused}");
    refused
}

#[track_caller]
fn assert_says(error: &OpenError, is_away: bool, parts: &[&str]) {
    assert_eq!(matches!(error, OpenError::Away { .. }), is_away, "{error}");
    let text = error.to_string();
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing from {text:?}");
    }
    assert!(!text.contains('\n') && text.len() < 400, "{text:?} is a sentence");
}

/// What `sirius config check --connect` says.
async fn check(url: &str) -> String {
    let config = sirius::config::Config { database: settings(url), ..sirius::config::Config::default() };
    let refusals = sirius::app::refusals(&config).await;
    refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Before the tables are made and after it, with users of other rights; `create` makes one, `grant` adds to what it may.
async fn who_may_not_do_everything_is_told<S: Server>(create: &str, grant: &str) {
    let database = Fresh::<S>::new();
    let (reader, name) = (format!("checked_{}", database.name()), database.name().to_owned());
    let fill = |sql: &str| sql.replace("READER", &reader).replace("DATABASE", &name);
    database.tamper(&fill(create)).await;
    let (scheme, rest) = database.url().split_once("://").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let url = format!("{scheme}://{reader}:a-password@{}", rest.split_once('@').unwrap().1);
    assert_eq!(check(&database.url()).await, "");
    let said = check(&url).await;
    assert!(said.contains("may not do what Sirius needs") && said.contains("denied"), "{said}");
    // Nothing was made.
    assert!(matches!(database.open(|all| all.migrate = Migrate::Check).await, Err(OpenError::Older { found: 0, .. })));

    database.open(|_| ()).await.unwrap();
    assert_eq!(check(&database.url()).await, "");
    let said = check(&url).await;
    assert!(said.contains("may not do what Sirius needs") && said.contains("denied"), "{said}");
    for privilege in ["INSERT", "UPDATE"] {
        database.tamper(&fill(&grant.replace("PRIVILEGE", privilege))).await;
        assert!(check(&url).await.contains("may not do what Sirius needs"), "{privilege}");
    }
    database.tamper(&fill(&grant.replace("PRIVILEGE", "DELETE"))).await;
    assert_eq!(check(&url).await, "");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: make test-databases"]
async fn who_may_not_do_everything_is_told_on_postgres() {
    let create = "CREATE USER READER PASSWORD 'a-password'; GRANT pg_read_all_data TO READER";
    let grant = "GRANT PRIVILEGE ON ALL TABLES IN SCHEMA public TO READER";
    who_may_not_do_everything_is_told::<Postgres>(create, grant).await;
}

#[tokio::test]
#[ignore = "needs MariaDB: make test-databases"]
async fn who_may_not_do_everything_is_told_on_mariadb() {
    let create = "CREATE USER READER IDENTIFIED BY 'a-password'; GRANT SELECT ON DATABASE.* TO READER";
    who_may_not_do_everything_is_told::<MariaDb>(create, "GRANT PRIVILEGE ON DATABASE.* TO READER").await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: make test-databases"]
async fn postgres_is_refused_with_advice() {
    let database = Fresh::<Postgres>::new();
    database.open(|_| ()).await.unwrap();
    let url = database.url();
    let (user, rest) = url.split_once("://").unwrap().1.split_once('@').unwrap();
    let (address, name) = rest.split_once('/').unwrap();
    let with = |user: &str, name: &str| format!("postgres://{user}@{address}/{name}");

    let wrong = refusal(&with("postgres:a-password-that-is-wrong", name)).await;
    assert_says(&wrong, false, &["does not take the password of the user \"postgres\""]);
    let none = refusal(&with("postgres", name)).await;
    assert_says(&none, false, &["database.url has no password", "database.password_file"]);
    let nowhere = refusal(&with(user, "nowhere")).await;
    assert_says(&nowhere, false, &["no database \"nowhere\"", "createdb -O postgres nowhere"]);
    let unencrypted = refusal(&(url.clone() + "?sslmode=require")).await;
    assert_says(&unencrypted, false, &["cannot be encrypted"]);
    let closed = refusal(&format!("postgres://{user}@127.0.0.1:1/{name}")).await;
    assert_says(&closed, true, &["cannot reach", "127.0.0.1:1", "nothing listens there"]);
    let unknown = refusal(&format!("postgres://{user}@no-such-host.invalid/{name}")).await;
    assert_says(&unknown, true, &["cannot reach", "no-such-host.invalid"]);

    let reader = format!("reader_{name}");
    database.tamper(&format!("CREATE USER {reader} PASSWORD 'a-password'; GRANT pg_read_all_data TO {reader}")).await;
    let denied = refusal(&with(&format!("{reader}:a-password"), name)).await;
    assert_says(&denied, false, &["may not do what Sirius needs", "permission denied", "OWNER TO"]);
    database.tamper(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await;
    assert_says(&refusal(&url).await, false, &["the server is read-only", "standby"]);

    let latin = format!("latin_{name}");
    let create = format!("CREATE DATABASE {latin} ENCODING 'LATIN1' TEMPLATE template0");
    Postgres::run(Postgres::ADMIN, &create).await;
    assert_says(&refusal(&with(user, &latin)).await, false, &["keeps texts as LATIN1", "ENCODING 'UTF8'"]);
}

#[tokio::test]
#[ignore = "needs MariaDB: make test-databases"]
async fn mariadb_is_refused_with_advice() {
    let database = Fresh::<MariaDb>::new();
    database.open(|_| ()).await.unwrap();
    let url = database.url();
    let (user, rest) = url.split_once("://").unwrap().1.split_once('@').unwrap();
    let (address, name) = rest.split_once('/').unwrap();
    let with = |user: &str, name: &str| format!("mysql://{user}@{address}/{name}");

    let wrong = refusal(&with("root:a-password-that-is-wrong", name)).await;
    assert_says(&wrong, false, &["does not take the user \"root\" with this password"]);
    let none = refusal(&with("root", name)).await;
    assert_says(&none, false, &["database.url has no password", "database.password_file"]);
    let nowhere = refusal(&with(user, "nowhere")).await;
    assert_says(&nowhere, false, &["no database \"nowhere\"", "CREATE DATABASE nowhere"]);
    let unencrypted = refusal(&(url.clone() + "?ssl-mode=REQUIRED")).await;
    assert_says(&unencrypted, false, &["cannot be encrypted"]);
    let closed = refusal(&format!("mysql://{user}@127.0.0.1:1/{name}")).await;
    assert_says(&closed, true, &["cannot reach", "127.0.0.1:1", "nothing listens there"]);

    let reader = format!("reader_{name}");
    let grant = format!("CREATE USER {reader} IDENTIFIED BY 'a-password'; GRANT SELECT ON {name}.* TO {reader}");
    database.tamper(&grant).await;
    let denied = refusal(&with(&format!("{reader}:a-password"), name)).await;
    assert_says(&denied, false, &["may not do what Sirius needs", "denied", "GRANT ALL"]);
}
