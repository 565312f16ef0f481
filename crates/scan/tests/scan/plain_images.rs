//! NumPy arrays and TIFF stacks as NumPy and tifffile write them; damaged and foreign ones.

use ossein_scan::image::{Image, ImageError, Values};
use std::io::Cursor;

use ossein_geom::{Grid, Lps, Point, Volume};
use ossein_scan::head::read_head;
use ossein_scan::plain::{Known, read_plain};
use ossein_scan::{meta_image, nifti, npy, tiff_stack};

const LIMIT: u64 = 1 << 20;

macro_rules! file {
    ($name:literal) => {
        include_bytes!(concat!("plain/", $name))
    };
}

fn spaced(spacing: [f64; 3]) -> Known<'static> {
    Known { spacing_mm: Some(spacing), array: None }
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
    let image = read_plain(name, bytes, Known::default(), LIMIT).unwrap();
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
    check("a.npy", file!("half.npy"), |n| n);
    check("a.tif", file!("half.tif"), |n| n);
    check("a.npz", file!("two.npz"), |n| n);
    let image = check("a.tif", file!("imagej_u2.tif"), |n| n);
    assert!(image.findings.is_empty());
    for (found, wanted) in image.grid.spacing.iter().zip([0.02, 0.03, 0.05]) {
        assert!((found / wanted - 1.0).abs() < 1e-4, "{found}, not {wanted}");
    }
    check("a.TIFF", file!("zlib_f4.tif"), |n| n);
    check("nameless", file!("big_u1.tif"), |n| n);
}

/// The head alone says where the voxels of a file lie, and no less than its reader asks for.
#[test]
fn a_head_says_what_its_file_holds() {
    let grid = Grid::<Lps>::aligned(Point::new(7.0, 8.0, 9.0), [0.4, 0.5, 0.75], [4, 3, 2]);
    let volume = Volume::new(grid, (0..24).collect::<Vec<i16>>());
    let (nifti, meta) = (nifti::write_hu(&volume), meta_image::write(&volume));
    let nrrd = b"NRRD0004\ntype: uint8\ndimension: 3\nsizes: 4 3 2\nencoding: raw\n\
                 spacings: 0.4 0.5 0.75\n\nabcdefghijklmnopqrstuvwx";
    let files: [(&str, &[u8]); 9] = [
        ("a.npy", file!("c_order_u2_big.npy")),
        ("a.npy", file!("fortran_f4.npy")),
        ("a.npz", file!("two.npz")),
        ("a.tif", file!("imagej_u2.tif")),
        ("a.tif", file!("zlib_f4.tif")),
        ("nameless", file!("big_u1.tif")),
        ("a.nii.gz", &nifti),
        ("a.mha", &meta),
        ("a.nrrd", nrrd),
    ];
    for (name, bytes) in files {
        let head = read_head(name, &mut Cursor::new(bytes), Known::default()).unwrap();
        let image = read_plain(name, bytes, Known::default(), head.byte_count).unwrap();
        assert_eq!(head.grid, image.grid, "{name}");
        assert_eq!(head.grid.size, [4, 3, 2], "{name}");
        let half = Known { spacing_mm: Some([0.5; 3]), array: None };
        let head = read_head(name, &mut Cursor::new(bytes), half).unwrap();
        assert_eq!(head.grid.spacing, [0.5; 3], "{name}");
    }
}

/// A head may promise more than there is memory: no value is read for it.
#[test]
fn a_head_of_a_huge_file_is_read_alone() {
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (60000, 60000, 60000), }\n";
    let mut huge = b"\x93NUMPY\x01\x00".to_vec();
    huge.extend((header.len() as u16).to_le_bytes());
    huge.extend(header.bytes());
    let head = read_head("a.npy", &mut Cursor::new(&huge), Known::default()).unwrap();
    assert_eq!(head.grid.size, [60_000; 3]);
    assert!(head.byte_count > 60_000 * 60_000 * 60_000);
}

#[test]
fn one_of_several_arrays_is_asked_for() {
    let (low, high) = (Values::I16(vec![1; 24]), Values::I16(vec![2; 24]));
    let array = |name, values| npy::Array { name, shape: &[2, 3, 4], values };
    let bytes = npy::write_npz(&[array("low", &low), array("high", &high)]).unwrap();
    let read = |array| read_plain("a.npz", &bytes, Known { spacing_mm: None, array }, LIMIT);
    let message = read(None).unwrap_err().to_string();
    assert_eq!(message, "it holds the arrays low, high: say which");
    let message = read(Some("mid")).unwrap_err().to_string();
    assert_eq!(message, "it holds no array `mid`; there are low, high");
    for (name, value) in [("low", 1.0), ("high", 2.0)] {
        assert_eq!(numbers(&read(Some(name)).unwrap()), [value; 24]);
    }
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

/// Masks of one bit a voxel: rows of ten begin with a byte of their own.
#[test]
fn masks_of_single_bits_are_read() {
    let image = tiff_stack::read(&[file!("bits_b1.tif")], None, LIMIT).unwrap();
    assert_eq!(image.grid.size, [10, 3, 2]);
    let every_third = |n: usize| f64::from(u8::from(n.is_multiple_of(3)));
    assert_eq!(numbers(&image), (0..60).map(every_third).collect::<Vec<f64>>());
}

#[test]
fn a_stated_spacing_wins() {
    let bytes = file!("imagej_u2.tif");
    let image = read_plain("a.tif", bytes, spaced([0.5; 3]), LIMIT).unwrap();
    assert_eq!(image.grid.spacing, [0.5; 3]);
    for spacing in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = read_plain("a.tif", bytes, spaced([spacing; 3]), LIMIT).unwrap_err();
        assert!(matches!(error, ImageError::Header { field: "spacing", .. }), "{error}");
    }
}

#[test]
fn foreign_and_damaged_files_are_named() {
    assert_eq!(npy::read(b"hello", None, LIMIT).unwrap_err(), ImageError::Unknown);
    let by_name = npy::read_npz(file!("two.npz"), Some("none"), None, LIMIT);
    let message = by_name.unwrap_err().to_string();
    assert!(message.contains("no array `none`; there are "), "{message}");
    let line = npy::read_npz(file!("two.npz"), Some("line"), None, LIMIT);
    assert!(matches!(line, Err(ImageError::Unsupported(_))), "{line:?}");
    let colour = read_plain("a.tif", file!("rgb.tif"), Known::default(), LIMIT);
    assert!(matches!(colour, Err(ImageError::Unsupported(_))), "{colour:?}");
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (60000, 60000, 60000), }\n";
    let mut huge = b"\x93NUMPY\x01\x00".to_vec();
    huge.extend((header.len() as u16).to_le_bytes());
    huge.extend(header.bytes());
    let error = npy::read(&huge, None, LIMIT).unwrap_err();
    assert!(matches!(error, ImageError::TooLarge { .. }), "{error}");
    let small = read_plain("a.tif", file!("zlib_f4.tif"), Known::default(), 600);
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
            let _ = read_plain("", &bytes[..n], Known::default(), LIMIT);
            let _ = read_head("", &mut Cursor::new(&bytes[..n]), Known::default());
            for change in [0x01, 0x80, 0xff] {
                let mut bytes = bytes.to_vec();
                bytes[n] ^= change;
                let _ = read_plain("", &bytes, Known::default(), LIMIT);
                let _ = read_head("", &mut Cursor::new(&bytes), Known::default());
            }
        }
    }
}
