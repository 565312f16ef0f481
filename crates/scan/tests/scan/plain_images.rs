//! NumPy arrays and TIFF stacks as NumPy and tifffile write them; damaged and foreign ones.

use ossein_scan::image::{Image, ImageError, Values};
use ossein_scan::plain::read_plain;
use ossein_scan::{npy, tiff_stack};

const LIMIT: u64 = 1 << 20;

macro_rules! file {
    ($name:literal) => {
        include_bytes!(concat!("plain/", $name))
    };
}

fn numbers(image: &Image) -> Vec<f64> {
    match &image.values {
        Values::I16(v) => v.iter().map(|v| f64::from(*v)).collect(),
        Values::I32(v) => v.iter().map(|v| f64::from(*v)).collect(),
        Values::F32(v) => v.iter().map(|v| f64::from(*v)).collect(),
    }
}

/// Two slices of three rows of four voxels, numbered from 0.
#[track_caller]
fn check(name: &str, bytes: &[u8], value: impl Fn(usize) -> usize) -> Image {
    let image = read_plain(name, bytes, None, LIMIT).unwrap();
    assert_eq!(image.grid.size, [4, 3, 2], "{name}");
    let wanted: Vec<f64> = (0..24).map(|n| value(n) as f64).collect();
    assert_eq!(numbers(&image), wanted, "{name}");
    image
}

#[test]
fn what_others_write_is_read() {
    let image = check("a.npy", file!("c_order_u2_big.npy"), |n| n);
    assert!(image.findings.iter().any(|f| f.code == "scan.spacing_unknown"));
    check("a.npy", file!("fortran_f4.npy"), |n| n);
    check("a.npy", file!("flags.npy"), |n| n % 2);
    check("a.npz", file!("two.npz"), |n| n);
    let image = check("a.tif", file!("imagej_u2.tif"), |n| n);
    assert!(image.findings.is_empty());
    for (found, wanted) in image.grid.spacing.iter().zip([0.02, 0.03, 0.05]) {
        assert!((found / wanted - 1.0).abs() < 1e-4, "{found}, not {wanted}");
    }
    check("a.TIFF", file!("zlib_f4.tif"), |n| n);
    check("nameless", file!("big_u1.tif"), |n| n);
}

#[test]
fn slices_in_files_make_one_stack() {
    let one = file!("big_u1.tif");
    let image = tiff_stack::read(&[one, one], Some([0.1, 0.1, 0.2]), LIMIT).unwrap();
    assert_eq!((image.grid.size, image.grid.spacing), ([4, 3, 4], [0.1, 0.1, 0.2]));
    assert_eq!(numbers(&image)[24], 0.0);
    let mixed = tiff_stack::read(&[one, file!("zlib_f4.tif")], None, LIMIT);
    assert!(matches!(mixed, Err(ImageError::Unsupported(_))), "{mixed:?}");
}

#[test]
fn a_stated_spacing_wins() {
    let bytes = file!("imagej_u2.tif");
    let image = read_plain("a.tif", bytes, Some([0.5; 3]), LIMIT).unwrap();
    assert_eq!(image.grid.spacing, [0.5; 3]);
    for spacing in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = read_plain("a.tif", bytes, Some([spacing; 3]), LIMIT).unwrap_err();
        assert!(matches!(error, ImageError::Header { field: "spacing", .. }), "{error}");
    }
}

#[test]
fn foreign_and_damaged_files_are_named() {
    assert_eq!(npy::read(b"hello", None, LIMIT).unwrap_err(), ImageError::Unknown);
    let by_name = npy::read_npz(file!("two.npz"), Some("none"), None, LIMIT);
    assert_eq!(by_name.unwrap_err(), ImageError::Unknown);
    let line = npy::read_npz(file!("two.npz"), Some("line"), None, LIMIT);
    assert!(matches!(line, Err(ImageError::Unsupported(_))), "{line:?}");
    let colour = read_plain("a.tif", file!("rgb.tif"), None, LIMIT);
    assert!(matches!(colour, Err(ImageError::Unsupported(_))), "{colour:?}");
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (60000, 60000, 60000), }\n";
    let mut huge = b"\x93NUMPY\x01\x00".to_vec();
    huge.extend((header.len() as u16).to_le_bytes());
    huge.extend(header.bytes());
    let error = npy::read(&huge, None, LIMIT).unwrap_err();
    assert!(matches!(error, ImageError::TooLarge { .. }), "{error}");
    let small = read_plain("a.tif", file!("zlib_f4.tif"), None, 600);
    assert!(matches!(small, Err(ImageError::TooLarge { .. })), "{small:?}");
}

/// Every cut and every changed byte gives a value or an error.
#[test]
fn no_byte_makes_a_reader_fall() {
    let files: [&[u8]; 5] = [
        file!("c_order_u2_big.npy"),
        file!("two.npz"),
        file!("imagej_u2.tif"),
        file!("zlib_f4.tif"),
        file!("big_u1.tif"),
    ];
    for bytes in files {
        for n in 0..bytes.len() {
            let _ = read_plain("", &bytes[..n], None, LIMIT);
            for change in [0x01, 0x80, 0xff] {
                let mut bytes = bytes.to_vec();
                bytes[n] ^= change;
                let _ = read_plain("", &bytes, None, LIMIT);
            }
        }
    }
}
