//! How values become JSON, into bytes and without anything in between.
//!
//! Written out because it is a good part of an answer: serde has the name of each member escaped anew, though it is always the
//! same, where here it is one constant with its quotes, comma and colon. Texts are looked through by sonic-rs, many bytes at
//! a time. What values an answer has is for `json` to say.

use std::io::{self, Write};

use base64::Engine;
use base64::display::Base64Display;
use time::format_description::well_known::Rfc3339;

use crate::domain::Timestamp;

/// What is written as JSON.
pub trait Json {
    /// Appends it.
    ///
    /// # Errors
    /// When it has no form in JSON, such as a time after the year 9999. What stands there by then is not JSON.
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()>;
}

/// Appends `{"name":value,...}`.
macro_rules! object {
    ($out:expr, { $first:literal: $value:expr, $($name:literal: $more:expr,)* }) => {{
        let out: &mut Vec<u8> = $out;
        out.extend_from_slice(concat!("{\"", $first, "\":").as_bytes());
        $crate::http::api::write::Json::write(&$value, out)?;
        $(
            out.extend_from_slice(concat!(",\"", $name, "\":").as_bytes());
            $crate::http::api::write::Json::write(&$more, out)?;
        )*
        out.push(b'}');
        Ok(())
    }};
}
pub(super) use object;

/// A text of ASCII in which nothing has to be escaped.
pub struct Plain<const LENGTH: usize>(pub [u8; LENGTH]);

impl<const LENGTH: usize> Json for Plain<LENGTH> {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        out.push(b'"');
        out.extend_from_slice(&self.0);
        out.push(b'"');
        Ok(())
    }
}

impl<E: Engine> Json for Base64Display<'_, '_, E> {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        write!(out, "\"{self}\"")
    }
}

/// As RFC 3339 has it.
impl Json for Timestamp {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        out.push(b'"');
        self.format_into(out, &Rfc3339).map_err(io::Error::other)?;
        out.push(b'"');
        Ok(())
    }
}

impl Json for str {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        sonic_rs::to_writer(out, self).map_err(io::Error::other)
    }
}

impl Json for bool {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        out.extend_from_slice(if *self { b"true" } else { b"false" });
        Ok(())
    }
}

impl Json for u64 {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        out.extend_from_slice(itoa::Buffer::new().format(*self).as_bytes());
        Ok(())
    }
}

impl Json for u32 {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        u64::from(*self).write(out)
    }
}

impl<T: Json + ?Sized> Json for &T {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        (**self).write(out)
    }
}

/// `null`, where there is none.
impl<T: Json> Json for Option<T> {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        if let Some(value) = self {
            return value.write(out);
        }
        out.extend_from_slice(b"null");
        Ok(())
    }
}

impl<T: Json> Json for [T] {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        out.push(b'[');
        for (index, value) in self.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            value.write(out)?;
        }
        out.push(b']');
        Ok(())
    }
}
