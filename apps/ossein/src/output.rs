//! Standard output and error, whoever reads them.
//!
//! Work goes on where nobody reads: what it writes to files is whole, and the exit status is that
//! of the work. Output that could not be written for another reason than a closed pipe is a
//! failure, told at the end.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write, stderr, stdout};
use std::sync::{Mutex, PoisonError};

/// Why output was lost, if it was.
static LOST: Mutex<Option<String>> = Mutex::new(None);

/// As the standard library's, but a closed pipe is no fault, and no other fault a panic.
macro_rules! println {
    () => { $crate::output::line(format_args!("")) };
    ($($text:tt)*) => { $crate::output::line(format_args!($($text)*)) };
}

/// The same without an end of line.
macro_rules! print {
    ($($text:tt)*) => { $crate::output::text(format_args!($($text)*)) };
}

/// As the standard library's, but never at fault.
macro_rules! eprintln {
    ($($text:tt)*) => { $crate::output::error_line(format_args!($($text)*)) };
}

/// Writes a line to standard output.
pub fn line(text: Arguments<'_>) {
    let mut out = stdout().lock();
    note(out.write_fmt(text).and_then(|()| out.write_all(b"\n")));
}

/// Writes to standard output.
pub fn text(text: Arguments<'_>) {
    note(stdout().lock().write_fmt(text));
}

/// Writes bytes to standard output.
pub fn bytes(bytes: &[u8]) {
    note(stdout().lock().write_all(bytes));
}

/// Writes a line to standard error, if anybody reads it.
pub fn error_line(text: Arguments<'_>) {
    let mut out = stderr().lock();
    let _ = out.write_fmt(text).and_then(|()| out.write_all(b"\n"));
}

/// What kept output from being written, once all is said.
pub fn lost() -> Option<String> {
    note(stdout().lock().flush());
    LOST.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn note(result: std::io::Result<()>) {
    let Err(error) = result else { return };
    if error.kind() != ErrorKind::BrokenPipe {
        let mut lost = LOST.lock().unwrap_or_else(PoisonError::into_inner);
        lost.get_or_insert_with(|| error.to_string());
    }
}
