//! What a client asks for: which images a choice, a walk or a list is made from.

use super::{Tag, TagError};

/// Whether a picture moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// One frame.
    Still,
    /// Several frames.
    Animated,
}

/// A selection of images: all of `tags`, none of `without`, of one `kind`.
///
/// Normalised, so that two requests for the same selection compare (and hash) equal. An image of which it is not
/// known whether it moves (a linked one) is of neither kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    tags: Box<[Tag]>,
    without: Box<[Tag]>,
    kind: Option<Kind>,
}

/// A selection that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// One of the labels is no tag.
    #[error("{parameter}={label:?}: {source}")]
    Tag {
        /// `tag` or `without`.
        parameter: &'static str,
        /// As the client wrote it, shortened.
        label: String,
        /// What is wrong with it.
        source: TagError,
    },
    /// Too many labels.
    #[error("at most {} tags can be asked for with `{parameter}`, these are {count}", Filter::MAX_TAGS)]
    TooMany {
        /// `tag` or `without`.
        parameter: &'static str,
        /// How many there were.
        count: usize,
    },
}

impl Filter {
    /// The most tags that `tag` and `without` each take.
    pub const MAX_TAGS: usize = 16;

    /// Selects everything.
    #[must_use]
    pub fn everything() -> Self {
        Self::default()
    }

    /// Reads what a client asked for.
    ///
    /// # Errors
    /// When a label is no tag or there are more than 16 of them.
    pub fn parse(tags: &[String], without: &[String], kind: Option<Kind>) -> Result<Self, FilterError> {
        Ok(Self { tags: parse_tags("tag", tags)?, without: parse_tags("without", without)?, kind })
    }

    /// All of these; sorted, each once.
    #[must_use]
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// None of these; sorted, each once.
    #[must_use]
    pub fn without(&self) -> &[Tag] {
        &self.without
    }

    /// Of this kind.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        self.kind
    }

    /// Whether it selects everything.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.tags.is_empty() && self.without.is_empty() && self.kind.is_none()
    }
}

fn parse_tags(parameter: &'static str, labels: &[String]) -> Result<Box<[Tag]>, FilterError> {
    if labels.len() > Filter::MAX_TAGS {
        return Err(FilterError::TooMany { parameter, count: labels.len() });
    }
    let mut tags = labels
        .iter()
        .map(|label| {
            Tag::parse(label).map_err(|source| FilterError::Tag {
                parameter,
                label: label.chars().take(80).collect(),
                source,
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    tags.sort_unstable();
    tags.dedup();
    Ok(tags.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(labels: &[&str]) -> Vec<String> {
        labels.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn two_spellings_of_a_selection_are_equal() {
        let one = Filter::parse(&labels(&["Stars", "night sky", "stars"]), &[], None);
        let other = Filter::parse(&labels(&["night-sky", "stars"]), &[], None);
        assert_eq!(one, other);
        assert!(!one.unwrap().is_everything());
    }

    #[test]
    fn what_cannot_be_selected_is_named() {
        let error = Filter::parse(&[], &labels(&["a/b"]), None).unwrap_err();
        assert_eq!(error.to_string(), r#"without="a/b": a tag must not contain '/'"#);
        let error = Filter::parse(&vec!["x".to_owned(); 17], &[], None).unwrap_err();
        assert_eq!(error.to_string(), "at most 16 tags can be asked for with `tag`, these are 17");
    }
}
