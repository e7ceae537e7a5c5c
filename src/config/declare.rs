//! How a setting is declared: once, with its type, default, range and sentence.
//!
//! [`settings!`] turns a section's declaration into its struct, its defaults and a [`Section`], from which loading,
//! `sirius config show` and the reference in `docs/configuration.md` all come. What values look like as text is in
//! `kind`.

use super::kind::{Given, Kind};

/// A group of settings.
pub(super) trait Section {
    /// Visits every setting of the section, in the order of declaration.
    fn each(&mut self, group: Group<'_>, visit: &mut dyn FnMut(Declared<'_>));
}

/// A section's own key (empty for the whole) and sentence.
#[derive(Clone, Copy)]
pub(super) struct Group<'a> {
    pub key: &'a str,
    pub description: &'static str,
}

/// A declared setting and the field that holds its value.
pub(super) struct Declared<'a> {
    /// The section that it stands in.
    pub group: Group<'a>,
    /// Its name within the section.
    pub name: &'static str,
    /// One sentence.
    pub description: &'static str,
    /// Its value.
    pub field: &'a mut dyn Field,
}

/// A value that can be set from text and shown again, whatever its type.
pub(super) trait Field {
    /// Takes a given value, or refuses it and stays as it is.
    fn set(&mut self, given: &Given) -> bool;
    /// The value as TOML; nothing when it is not set, and secrets in clear text.
    fn value(&self) -> Option<toml::Value>;
    /// What is allowed, to go on from "allowed is".
    fn allowed(&self) -> &str;
    /// Whether the value must never be printed.
    fn is_secret(&self) -> bool;
}

/// What a declaration says a field is: one setting ([`Kind`]), a section of them ([`Nested`]), or none
/// ([`Unlisted`]).
pub(super) trait Shape<T> {
    /// Visits what the field `name` of the section `group` holds.
    fn walk(self, group: Group<'_>, name: Name, value: &mut T, visit: &mut dyn FnMut(Declared<'_>));
}

/// The name of a field and its sentence.
pub(super) struct Name(pub &'static str, pub &'static str);

/// The shape of a field that is itself a section.
pub(super) struct Nested;

impl<T: Section> Shape<T> for Nested {
    fn walk(self, group: Group<'_>, Name(name, description): Name, value: &mut T, visit: &mut dyn FnMut(Declared<'_>)) {
        value.each(Group { key: &group.join(name), description }, visit);
    }
}

/// The shape of a field that no source sets by its key: it is no setting, and comes with them.
pub(super) struct Unlisted;

impl<T> Shape<T> for Unlisted {
    fn walk(self, _: Group<'_>, _: Name, _: &mut T, _: &mut dyn FnMut(Declared<'_>)) {}
}

impl<T> Shape<T> for Kind<T> {
    fn walk(self, group: Group<'_>, Name(name, description): Name, value: &mut T, visit: &mut dyn FnMut(Declared<'_>)) {
        visit(Declared { group, name, description, field: &mut Bound { kind: self, value } });
    }
}

impl Declared<'_> {
    /// For example `server.listen`.
    pub(super) fn key(&self) -> String {
        self.group.join(self.name)
    }
}

impl Group<'_> {
    fn join(&self, name: &str) -> String {
        if self.key.is_empty() { name.to_owned() } else { format!("{}.{name}", self.key) }
    }
}

struct Bound<'a, T> {
    kind: Kind<T>,
    value: &'a mut T,
}

impl<T> Field for Bound<'_, T> {
    fn set(&mut self, given: &Given) -> bool {
        match self.kind.parse(given) {
            Some(value) => {
                *self.value = value;
                true
            }
            None => false,
        }
    }

    fn value(&self) -> Option<toml::Value> {
        self.kind.show(self.value)
    }

    fn allowed(&self) -> &str {
        self.kind.allowed()
    }

    fn is_secret(&self) -> bool {
        self.kind.is_secret()
    }
}

/// Declares a section: `/// sentence`, then `name: Type = default => kind;` for each setting.
///
/// A section that is used several times with different defaults leaves out all of its own.
macro_rules! settings {
    ($(#[$meta:meta])* pub struct $section:ident {
        $($(#[doc = $doc:literal])+ $name:ident: $type:ty = $default:expr => $shape:expr;)+
    }) => {
        settings! { $(#[$meta])* pub struct $section { $($(#[doc = $doc])+ $name: $type => $shape;)+ } }

        impl Default for $section {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }
    };
    ($(#[$meta:meta])* pub struct $section:ident {
        $($(#[doc = $doc:literal])+ $name:ident: $type:ty => $shape:expr;)+
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $section {
            $($(#[doc = $doc])+ pub $name: $type,)+
        }

        impl $crate::config::declare::Section for $section {
            fn each(
                &mut self,
                group: $crate::config::declare::Group<'_>,
                visit: &mut dyn FnMut($crate::config::declare::Declared<'_>),
            ) {
                use $crate::config::declare::{Name, Shape};
                $($shape.walk(group, Name(stringify!($name), concat!($($doc),+).trim()), &mut self.$name, visit);)+
            }
        }
    };
}

pub(super) use settings;
