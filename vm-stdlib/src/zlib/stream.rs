//! Compressing and decompressing streams: flate2's states with zlib's `wbits` and error codes.
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// `Z_NO_FLUSH`.
pub const Z_NO_FLUSH: i32 = 0;
/// `Z_FINISH`.
pub const Z_FINISH: i32 = 4;

/// An error: zlib's code, and its message if it has one.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The code.
    pub code: i32,
    /// The message.
    pub text: Option<String>,
}

fn stream_error() -> Failure {
    Failure { code: -2, text: Some("inconsistent stream state".to_owned()) }
}

/// Room made for output at a time.
const CHUNK: usize = 32 * 1024;

/// A compressing stream.
pub struct Deflater {
    state: Compress,
}

impl Deflater {
    /// A stream; None if the options are invalid.
    #[must_use]
    pub fn new(level: i32, wbits: i32) -> Option<Deflater> {
        if !(-1..=9).contains(&level) {
            return None;
        }
        let level = Compression::new(if level < 0 { 6 } else { level.unsigned_abs() });
        let bits = u8::try_from(wbits.unsigned_abs()).ok()?;
        let state = match wbits {
            9..=15 => Compress::new_with_window_bits(level, true, bits),
            -15..=-9 => Compress::new_with_window_bits(level, false, bits),
            25..=31 => Compress::new_gzip(level, bits - 16),
            _ => return None,
        };
        Some(Deflater { state })
    }

    /// Sets the dictionary; false if it is refused.
    pub fn set_dictionary(&mut self, dictionary: &[u8]) -> bool {
        self.state.set_dictionary(dictionary).is_ok()
    }

    /// Compresses all of `input`, and flushes as `mode` says.
    ///
    /// # Errors
    /// For unknown modes.
    pub fn run(&mut self, mut input: &[u8], mode: i32, out: &mut Vec<u8>) -> Result<(), Failure> {
        let flush = match mode {
            0 => FlushCompress::None,
            1 => FlushCompress::Partial,
            2 => FlushCompress::Sync,
            3 => FlushCompress::Full,
            4 => FlushCompress::Finish,
            _ => return Err(stream_error()),
        };
        loop {
            out.try_reserve(CHUNK)
                .map_err(|_| Failure { code: -4, text: Some("out of memory".to_owned()) })?;
            let (before_in, before_out) = (self.state.total_in(), self.state.total_out());
            let room = out.capacity() - out.len();
            let status = self.state.compress_vec(input, out, flush).map_err(|_| stream_error())?;
            let consumed = (self.state.total_in() - before_in) as usize;
            let produced = (self.state.total_out() - before_out) as usize;
            input = input.get(consumed..).unwrap_or_default();
            match status {
                Status::StreamEnd => return Ok(()),
                _ if input.is_empty() && produced < room && mode != Z_FINISH => return Ok(()),
                Status::BufError if consumed == 0 && produced == 0 && mode != Z_FINISH => return Ok(()),
                _ => {}
            }
        }
    }
}

/// How far a decompression came.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Bytes of input used.
    pub consumed: usize,
    /// The end of the stream was reached.
    pub eof: bool,
    /// The output was limited, and there may be more.
    pub full: bool,
}

/// A decompressing stream.
pub struct Inflater {
    state: Option<Decompress>,
    /// Bits given by `wbits`, for streams whose header decides.
    detect: Option<u8>,
    dictionary: Option<Vec<u8>>,
}

impl Inflater {
    /// A stream; None if the options are invalid.
    #[must_use]
    pub fn new(wbits: i32, dictionary: Option<Vec<u8>>) -> Option<Inflater> {
        let bits = u8::try_from(wbits.unsigned_abs()).ok()?;
        let (mut state, detect) = match wbits {
            // The header says how large the window is.
            0 => (Some(Decompress::new_with_window_bits(true, 15)), None),
            8..=15 => (Some(Decompress::new_with_window_bits(true, bits.max(9))), None),
            -15..=-8 => (Some(Decompress::new_with_window_bits(false, bits.max(9))), None),
            24..=31 => (Some(Decompress::new_gzip((bits - 16).max(9))), None),
            32 => (None, Some(15)),
            40..=47 => (None, Some((bits - 32).max(9))),
            _ => return None,
        };
        if wbits < 0
            && let (Some(state), Some(dictionary)) = (&mut state, &dictionary)
        {
            // Raw streams have no header that asks for it.
            state.set_dictionary(dictionary).ok()?;
        }
        Some(Inflater { state, detect, dictionary })
    }

    /// Decompresses `input` until it is used up, the stream ends, or there are `most` bytes of output.
    ///
    /// # Errors
    /// Malformed data; a missing dictionary.
    pub fn run(&mut self, input: &[u8], most: usize, out: &mut Vec<u8>) -> Result<Progress, Failure> {
        let mut consumed = 0;
        if self.state.is_none()
            && let Some(&first) = input.first()
        {
            let bits = self.detect.unwrap_or(15);
            self.state = Some(if first == 0x1f {
                Decompress::new_gzip(bits)
            } else {
                Decompress::new_with_window_bits(true, bits)
            });
        }
        let Some(state) = &mut self.state else { return Ok(Progress { consumed, eof: false, full: false }) };
        let start = out.len();
        loop {
            let left = most - (out.len() - start);
            if left == 0 {
                return Ok(Progress { consumed, eof: false, full: true });
            }
            let room = left.min(CHUNK);
            let mut chunk = vec![0_u8; room];
            let (before_in, before_out) = (state.total_in(), state.total_out());
            let rest = input.get(consumed..).unwrap_or_default();
            let status = state.decompress(rest, &mut chunk, FlushDecompress::Sync);
            consumed += (state.total_in() - before_in) as usize;
            let produced = (state.total_out() - before_out) as usize;
            out.try_reserve(produced)
                .map_err(|_| Failure { code: -4, text: Some("out of memory".to_owned()) })?;
            out.extend_from_slice(chunk.get(..produced).unwrap_or_default());
            match status {
                Ok(Status::StreamEnd) => return Ok(Progress { consumed, eof: true, full: false }),
                Ok(_) if produced < room && consumed >= input.len() => {
                    return Ok(Progress { consumed, eof: false, full: false });
                }
                Ok(_) if produced == 0 && (state.total_in() == before_in) => {
                    return Ok(Progress { consumed, eof: false, full: false });
                }
                Ok(_) => {}
                Err(e) if e.needs_dictionary().is_some() => {
                    let Some(dictionary) = &self.dictionary else {
                        return Err(Failure { code: 2, text: None });
                    };
                    if state.set_dictionary(dictionary).is_err() {
                        return Err(Failure { code: -3, text: Some("Set dictionary failed".to_owned()) });
                    }
                }
                Err(e) => return Err(Failure { code: -3, text: e.message().map(str::to_owned) }),
            }
        }
    }
}
