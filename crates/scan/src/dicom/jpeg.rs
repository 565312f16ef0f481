//! JPEG proper, by libjpeg-turbo: baseline, extended and progressive of 8 and 12 bits, lossless of
//! 2 to 16 bits. The library is C; what calls it is kept in this file and in the decoding child.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int, c_uchar, c_uint};
use std::ptr::NonNull;

use turbojpeg_sys as turbo;

/// Most scans of a progressive stream: hostile streams hold many to cost time.
const SCAN_COUNT_MAX: c_int = 500;

/// Largest memory of the library's own, in MiB.
const MEMORY_MIB_MAX: c_int = 1024;

/// A decompressor of the library, freed when dropped.
struct Decompressor(NonNull<std::ffi::c_void>);

impl Drop for Decompressor {
    fn drop(&mut self) {
        // SAFETY: the handle came from `tj3Init` and is not used after this.
        unsafe { turbo::tj3Destroy(self.0.as_ptr()) }
    }
}

impl Decompressor {
    fn new() -> Result<Self, String> {
        // SAFETY: no argument but a constant; a null answer means that there is no memory.
        let handle = unsafe { turbo::tj3Init(turbo::TJINIT_TJINIT_DECOMPRESS as c_int) };
        let new = Self(NonNull::new(handle.cast()).ok_or("no memory for a JPEG decoder")?);
        new.set(turbo::TJPARAM_TJPARAM_STOPONWARNING, 1)?;
        new.set(turbo::TJPARAM_TJPARAM_SCANLIMIT, SCAN_COUNT_MAX)?;
        new.set(turbo::TJPARAM_TJPARAM_MAXMEMORY, MEMORY_MIB_MAX)?;
        Ok(new)
    }

    fn set(&self, parameter: turbo::TJPARAM, value: c_int) -> Result<(), String> {
        // SAFETY: the handle is alive; the library checks parameter and value itself.
        let status = unsafe { turbo::tj3Set(self.0.as_ptr(), parameter as c_int, value) };
        self.answer(status)
    }

    fn get(&self, parameter: turbo::TJPARAM) -> c_int {
        // SAFETY: as in `set`.
        unsafe { turbo::tj3Get(self.0.as_ptr(), parameter as c_int) }
    }

    fn answer(&self, status: c_int) -> Result<(), String> {
        if status == 0 {
            return Ok(());
        }
        // SAFETY: the library answers with a zero-ended text that it owns; it is copied at once.
        let text = unsafe { CStr::from_ptr(turbo::tj3GetErrorStr(self.0.as_ptr())) };
        Err(text.to_string_lossy().into_owned())
    }
}

/// The samples of a grey JPEG stream of `columns` x `rows`, row by row.
///
/// # Errors
/// What the library says of the stream; another size than the given one; colour.
pub(super) fn decode(stream: &[u8], columns: usize, rows: usize) -> Result<Vec<u16>, String> {
    let decompressor = Decompressor::new()?;
    let (handle, from, length) = (decompressor.0.as_ptr(), stream.as_ptr(), stream.len());
    // SAFETY: `from` and `length` are one slice, which outlives the call.
    let status = unsafe { turbo::tj3DecompressHeader(handle, from, length as _) };
    decompressor.answer(status)?;
    let width = decompressor.get(turbo::TJPARAM_TJPARAM_JPEGWIDTH);
    let height = decompressor.get(turbo::TJPARAM_TJPARAM_JPEGHEIGHT);
    if (width as usize, height as usize) != (columns, rows) {
        return Err(format!("the codestream is {width} x {height}, not {columns} x {rows}"));
    }
    let colour = decompressor.get(turbo::TJPARAM_TJPARAM_COLORSPACE);
    if colour as c_uint != turbo::TJCS_TJCS_GRAY as c_uint {
        return Err("a colour image holds no Hounsfield values".into());
    }
    let grey = turbo::TJPF_TJPF_GRAY as c_int;
    let precision = decompressor.get(turbo::TJPARAM_TJPARAM_PRECISION);
    if precision <= 8 {
        let mut bytes: Vec<c_uchar> = vec![0; columns * rows];
        let to = bytes.as_mut_ptr();
        // SAFETY: `to` has room for `columns * rows` samples, the size that the header states;
        // a pitch of 0 means rows without gaps.
        let status = unsafe { turbo::tj3Decompress8(handle, from, length as _, to, 0, grey) };
        decompressor.answer(status)?;
        return Ok(bytes.into_iter().map(u16::from).collect());
    }
    let mut words: Vec<u16> = vec![0; columns * rows];
    let to = words.as_mut_ptr();
    // SAFETY: as above; samples of 9 to 12 bits are never negative, so their type is the same.
    let status = unsafe {
        if precision <= 12 {
            turbo::tj3Decompress12(handle, from, length as _, to.cast(), 0, grey)
        } else {
            turbo::tj3Decompress16(handle, from, length as _, to, 0, grey)
        }
    };
    decompressor.answer(status)?;
    Ok(words)
}
