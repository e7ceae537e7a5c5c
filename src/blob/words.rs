//! What went wrong with a store, in words for its operator: neither addresses nor credentials are among them.

use std::error::Error;
use std::io;

use object_store::client::{HttpError, HttpErrorKind};

/// What stands before the status of an answer in `object_store`'s words, which keep it to themselves otherwise.
const BEFORE_STATUS: &str = "status code: ";

/// Why a store did not do what it was asked for.
pub(super) fn reason(error: &object_store::Error) -> String {
    if let Some(status) = status(error) {
        return match code(error) {
            Some(code) => format!("it answers {status} ({code})"),
            None => format!("it answers {status}"),
        };
    }
    let root = root(error);
    match find::<HttpError>(error).map(HttpError::kind) {
        Some(HttpErrorKind::Timeout) => "it does not answer in time".to_owned(),
        Some(HttpErrorKind::Connect) => format!("it cannot be reached: {root}"),
        // In the operating system's words where it has spoken, which are wrapped in several layers.
        _ => root,
    }
}

/// The status of its answer, such as `503 Service Unavailable`.
pub(super) fn status(error: &object_store::Error) -> Option<String> {
    let text = texts(error).find(|text| text.contains(BEFORE_STATUS))?;
    let (_, rest) = text.split_once(BEFORE_STATUS)?;
    // `503 Service Unavailable: the body`
    let status = rest.split(':').next().unwrap_or_default().trim();
    (!status.is_empty()).then(|| status.to_owned())
}

/// The name that it gives its error, as S3 and Azure in XML and Google in JSON do.
pub(super) fn code(error: &object_store::Error) -> Option<String> {
    let is_name = |text: &str| {
        (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    texts(error).find_map(|text| {
        let between = |before: &str, after: char| {
            let (_, rest) = text.split_once(before)?;
            rest.split(after).next().filter(|name| is_name(name)).map(str::to_owned)
        };
        between("<Code>", '<').or_else(|| between("\"reason\": \"", '"')).or_else(|| between("\"reason\":\"", '"'))
    })
}

/// Whether it went no further than the question who we are, which the machine that we run on was to answer.
pub(super) fn has_no_credentials(error: &object_store::Error) -> bool {
    // Where clouds tell their machines; <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html>.
    let asked = ["169.254.169.254", "169.254.170.2", "metadata.google.internal", "169.254.169.126"];
    texts(error).any(|text| asked.iter().any(|host| text.contains(host)))
}

/// The innermost cause's words; those of the operating system, if it is among the causes.
fn root(error: &object_store::Error) -> String {
    match find::<io::Error>(error) {
        Some(io) => io.to_string(),
        None => chain(error).last().map(ToString::to_string).unwrap_or_default(),
    }
}

/// The first of its causes that is such an error.
pub(super) fn find<E: Error + 'static>(error: &object_store::Error) -> Option<&E> {
    chain(error).find_map(|error| error.downcast_ref())
}

fn texts(error: &object_store::Error) -> impl Iterator<Item = String> {
    chain(error).map(ToString::to_string)
}

fn chain(error: &object_store::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(Some(error as &(dyn Error + 'static)), |error| (*error).source())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(source: impl Into<Box<dyn Error + Send + Sync>>) -> object_store::Error {
        object_store::Error::Generic { store: "S3", source: source.into() }
    }

    #[test]
    fn an_answer_is_told_by_its_status_and_its_code_alone() {
        for (text, told) in [
            (
                "Server returned non-2xx status code: 403 Forbidden: <Error><Code>SignatureDoesNotMatch</Code>\
                 <StringToSign>a secret</StringToSign></Error>",
                "it answers 403 Forbidden (SignatureDoesNotMatch)",
            ),
            (
                "Server returned non-2xx status code: 404 Not Found: {\"errors\": [{\"reason\": \"notFound\"}]}",
                "it answers 404 Not Found (notFound)",
            ),
            ("Server returned non-2xx status code: 503 Service Unavailable: ", "it answers 503 Service Unavailable"),
            ("Server returned non-2xx status code: 500 Oh: <Code>a secret</Code>", "it answers 500 Oh"),
        ] {
            assert_eq!(reason(&wrapped(text)), told);
        }
    }

    #[test]
    fn what_got_no_answer_is_told_by_its_cause() {
        let io = || io::Error::other("Connection refused (os error 111)");
        assert_eq!(reason(&wrapped(io())), "Connection refused (os error 111)");
        let connect = HttpError::new(HttpErrorKind::Connect, io());
        assert_eq!(reason(&wrapped(connect)), "it cannot be reached: Connection refused (os error 111)");
        assert_eq!(reason(&wrapped(HttpError::new(HttpErrorKind::Timeout, io()))), "it does not answer in time");
    }
}
