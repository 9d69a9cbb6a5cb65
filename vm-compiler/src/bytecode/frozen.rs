//! Code of an image that has not been read yet. Most functions of a module are never called: what a function object
//! needs to know of its code stands in front of it, and the rest is read at the first call.

use super::image::{BadImage, Reader, Span};
use super::unit::{CodeUnit, Summary};
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

/// The bytes of an image, and where its strings lie.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) bytes: Cow<'static, [u8]>,
    pub(super) strings: Vec<Span>,
}

/// What a unit begins with. Names are numbers of strings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) name: u32,
    pub(super) qualname: u32,
    pub(super) filename: u32,
    pub(super) doc: Option<u32>,
    pub(super) first_line: u32,
    pub(super) posonlyargcount: u16,
    pub(super) summary: Summary,
}

/// A unit of an image, read when it is asked for.
#[derive(Debug)]
pub struct Frozen {
    image: Arc<Image>,
    at: usize,
    head: Head,
    unit: OnceLock<Result<Arc<CodeUnit>, BadImage>>,
}

impl Frozen {
    pub(super) fn new(image: Arc<Image>, at: usize, head: Head) -> Frozen {
        Frozen { image, at, head, unit: OnceLock::new() }
    }

    fn text(&self, number: u32) -> &[u8] {
        Reader::of(&self.image, self.at).string(number)
    }

    fn name_of(&self, number: u32) -> &str {
        std::str::from_utf8(self.text(number)).unwrap_or_default()
    }

    /// The unit's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name_of(self.head.name)
    }

    /// The unit's qualified name.
    #[must_use]
    pub fn qualname(&self) -> &str {
        self.name_of(self.head.qualname)
    }

    /// The unit's file.
    #[must_use]
    pub fn filename(&self) -> &str {
        self.name_of(self.head.filename)
    }

    /// The docstring as WTF-8, if the unit has one.
    #[must_use]
    pub fn docstring(&self) -> Option<&[u8]> {
        self.head.doc.map(|number| self.text(number))
    }

    /// `CodeUnit::summary`.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.head.summary
    }

    /// The whole unit; code nested in it is frozen.
    ///
    /// # Errors
    /// For a damaged image.
    pub fn unit(&self) -> Result<&Arc<CodeUnit>, &BadImage> {
        self.unit.get_or_init(|| Reader::of(&self.image, self.at).unit(0).map(Arc::new)).as_ref()
    }
}
