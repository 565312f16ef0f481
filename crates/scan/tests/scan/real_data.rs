//! Real files, where they are at hand: encodings agree, geometry is told, hostile bytes refused.

use std::path::{Path, PathBuf};

use ossein_geom::Job;
use ossein_scan::dicom::hu_frames;
use ossein_scan::{
    FrameDecoder, ImportOptions, Imported, InProcess, MemorySource, Verdict, import,
};

/// Least, largest, sum and sum of squares of words that OpenJPEG 2.5.4 decodes.
const REFERENCE_J2KI: [(&str, [i64; 4]); 2] = [
    ("CT1", [-2315, 2409, 40_056_223, 368_644_917_085]),
    ("CT2", [-2386, 1542, -197_771_504, 337_949_365_628]),
];

fn data() -> Option<PathBuf> {
    let near = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = std::env::var_os("OSSEIN_DATA").map_or(near, PathBuf::from);
    if !path.is_dir() {
        println!("skipped: no data at {}", path.display());
        return None;
    }
    Some(path)
}

fn folder(path: &Path) -> MemorySource {
    let mut files = Vec::new();
    let mut entries: Vec<_> = std::fs::read_dir(path).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for file in entries.into_iter().rev().filter(|p| p.is_file()) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        files.push((name, std::fs::read(file).unwrap()));
    }
    files.push(("README.txt".into(), b"not an image at all, just a text".to_vec()));
    MemorySource::new(files)
}

fn options() -> ImportOptions {
    ImportOptions { series: None, today: Some("20000301".into()), byte_count_max: 1 << 30 }
}

fn read(path: &Path) -> Imported {
    import(&folder(path), &InProcess, &options(), &Job::quiet()).unwrap()
}

fn hu(path: &Path) -> Result<Vec<Vec<i16>>, String> {
    let bytes = std::fs::read(path).unwrap();
    hu_frames(&bytes, &InProcess, 1 << 30).map(|f| f.frames).map_err(|e| e.to_string())
}

#[test]
fn a_scanner_folder_becomes_a_volume() {
    let Some(data) = data() else { return };
    let started = std::time::Instant::now();
    let scan = read(&data.join("spine-ct-dicom"));
    println!("{:?} {:#?}", started.elapsed(), scan.report.findings);
    assert_ne!(scan.report.verdict, Verdict::Reject);
    assert_eq!(scan.report.ignored_files.len(), 1);
    let volume = scan.volume.unwrap();
    assert_eq!(volume.grid.size, [256, 256, 111]);
    let spacing = volume.grid.spacing;
    assert!((spacing[0] - 0.78125).abs() < 1e-9 && (spacing[2] - 1.0).abs() < 1e-6);
    // The same files, read by nothing but the layout of implicit little-endian elements.
    let mut slices: Vec<_> = std::fs::read_dir(data.join("spine-ct-dicom"))
        .unwrap()
        .map(|entry| Implicit::read(&std::fs::read(entry.unwrap().path()).unwrap()))
        .collect();
    slices.sort_by(|a, b| a.position[2].total_cmp(&b.position[2]));
    assert_eq!(slices.len(), 111);
    for (k, slice) in slices.iter().enumerate() {
        let corner = volume.grid.center([0, 0, k]);
        assert!(corner.distance(ossein_geom::Point::from(slice.position)) < 1e-6, "{k}");
        assert_eq!(slice.orientation, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        let own = &volume.values[k * 65536..][..65536];
        assert!(own.iter().zip(&slice.hu).all(|(a, b)| f64::from(*a) == *b), "slice {k}");
    }
    assert_eq!(volume.grid.axes.map(|a| a.array()), [[1., 0., 0.], [0., 1., 0.], [0., 0., 1.]]);
}

/// A slice, read by the shortest way through an implicit little-endian file.
struct Implicit {
    position: [f64; 3],
    orientation: [f64; 6],
    hu: Vec<f64>,
}

impl Implicit {
    fn read(file: &[u8]) -> Self {
        let meta = u32::from_le_bytes(file[140..144].try_into().unwrap()) as usize;
        let mut at = 144 + meta;
        let mut elements = std::collections::BTreeMap::new();
        while at < file.len() {
            let word = |n: usize| u16::from_le_bytes([file[at + n], file[at + n + 1]]);
            let length = u32::from_le_bytes(file[at + 4..at + 8].try_into().unwrap()) as usize;
            elements.insert((word(0), word(2)), &file[at + 8..at + 8 + length]);
            at += 8 + length;
        }
        let numbers = |tag| -> Vec<f64> {
            let text = std::str::from_utf8(elements[&tag]).unwrap();
            text.split('\\').map(|t| t.trim_matches([' ', '\0']).parse().unwrap()).collect()
        };
        let (slope, intercept) = (numbers((0x28, 0x1053))[0], numbers((0x28, 0x1052))[0]);
        // Twelve unsigned bits in each word.
        let words = elements[&(0x7FE0, 0x10)].chunks_exact(2);
        let hu = words.map(|w| f64::from(u16::from_le_bytes([w[0], w[1]])) * slope + intercept);
        Self {
            position: numbers((0x20, 0x32)).try_into().unwrap(),
            orientation: numbers((0x20, 0x37)).try_into().unwrap(),
            hu: hu.collect(),
        }
    }
}

#[test]
fn lossless_encodings_agree_bit_for_bit() {
    let Some(data) = data() else { return };
    let edge = data.join("dicom-edge");
    for (folder, start, truth, lossless) in [
        (
            "ct-transfer-syntaxes",
            "CTImage",
            "LittleEndianImplicit",
            &["BigEndian", "Deflated", "2000LosslessOnly", "JPEGLSLossless", "Process14", "RLE"][..],
        ),
        ("wg04", "CT1", "RLE", &["J2KR", "JLSL", "JPLL"][..]),
        ("wg04", "CT2", "RLE", &["J2KR", "JLSL", "JPLL"][..]),
        ("enhanced-ct", "CT0012", "explicit_little", &["57", "70", "80", "rle"][..]),
    ] {
        let files: Vec<_> = std::fs::read_dir(edge.join(folder))
            .unwrap()
            .map(|e| e.unwrap().path())
            .filter(|p| p.file_name().unwrap().to_string_lossy().starts_with(start))
            .collect();
        let name = |p: &PathBuf| p.file_name().unwrap().to_string_lossy().into_owned();
        let base = hu(files.iter().find(|p| name(p).contains(truth)).unwrap()).unwrap();
        for file in &files {
            let found = hu(file);
            let same = found.as_ref().is_ok_and(|f| *f == base);
            let worst = found.as_ref().map(|f| {
                f.iter()
                    .flatten()
                    .zip(base.iter().flatten())
                    .map(|(a, b)| (i32::from(*a) - i32::from(*b)).abs())
                    .max()
            });
            println!("{} equal {same} {worst:?}", name(file));
            if lossless.iter().any(|l| name(file).contains(l)) {
                assert!(same, "{}", name(file));
            }
        }
    }
}

/// What the WG04 files hold before any compression.
fn uncompressed(data: &Path, name: &str) -> Vec<u8> {
    let packed = std::fs::read(data.join("dicom-edge/wg04").join(name)).unwrap();
    let mut out = Vec::new();
    let mut stream = ruzstd::decoding::StreamingDecoder::new(&packed[..]).unwrap();
    std::io::Read::read_to_end(&mut stream, &mut out).unwrap();
    out
}

#[test]
fn lossless_encodings_agree_with_the_uncompressed_original() {
    let Some(data) = data() else { return };
    for image in ["CT1", "CT2"] {
        let bytes = uncompressed(&data, &format!("{image}_UNC.zst"));
        let truth = hu_frames(&bytes, &InProcess, 1 << 30).unwrap().frames;
        for encoding in ["J2KR", "JLSL", "JPLL", "RLE"] {
            let found = hu(&data.join(format!("dicom-edge/wg04/{image}_{encoding}"))).unwrap();
            assert_eq!(found, truth, "{image}_{encoding}");
        }
    }
}

/// Words of the only frame, as numbers with a sign.
fn stored(path: &Path) -> Vec<i64> {
    let bytes = std::fs::read(path).unwrap();
    let frames = InProcess.decode(&bytes, 1).unwrap().frames;
    frames[0].iter().map(|&w| i64::from(w as i16)).collect()
}

#[test]
fn near_lossless_words_differ_by_what_their_stream_allows() {
    let Some(data) = data() else { return };
    for image in ["CT1", "CT2"] {
        let path = data.join(format!("dicom-edge/wg04/{image}_JLSN"));
        let bytes = std::fs::read(&path).unwrap();
        // The scan header FF DA, its length 8, one component, its two bytes, then NEAR.
        let scan = bytes.windows(5).position(|w| w == [0xFF, 0xDA, 0, 8, 1]).unwrap();
        let near = i64::from(bytes[scan + 7]);
        let truth = stored(&data.join(format!("dicom-edge/wg04/{image}_JLSL")));
        let found = stored(&path);
        let worst = truth.iter().zip(&found).map(|(a, b)| (a - b).abs()).max().unwrap();
        println!("{image}: NEAR {near}, words differ by up to {worst}");
        assert!(near > 0 && worst <= near);
        // Where the scanner saw nothing the word of padding comes back changed: it is no longer
        // told apart by equality, and stands for a value far below air.
        let hu_truth = hu(&data.join(format!("dicom-edge/wg04/{image}_JLSL"))).unwrap();
        let hu_found = hu(&path).unwrap();
        let differ = hu_truth[0].iter().zip(&hu_found[0]).zip(&truth);
        for ((&a, &b), &word) in differ {
            let (a, b) = (i64::from(a), i64::from(b));
            let is_padding = image == "CT1" && word == -2000;
            assert!((a - b).abs() <= near || (is_padding && b <= -1024 - 2000 + near));
        }
    }
}

#[test]
fn lossy_words_are_those_of_the_reference_codec() {
    let Some(data) = data() else { return };
    for (image, reference) in REFERENCE_J2KI {
        let words = stored(&data.join(format!("dicom-edge/wg04/{image}_J2KI")));
        let found = [
            *words.iter().min().unwrap(),
            *words.iter().max().unwrap(),
            words.iter().sum(),
            words.iter().map(|w| w * w).sum(),
        ];
        assert_eq!(found, reference, "{image}");
    }
}

#[test]
fn twelve_bit_lossy_encodings_carry_the_same_coefficients() {
    let Some(data) = data() else { return };
    let folder = data.join("dicom-edge/ct-transfer-syntaxes");
    let values = |encoding: &str| -> Vec<f64> {
        let frames = hu(&folder.join(format!("CTImage.dcm_{encoding}.dcm"))).unwrap();
        frames.into_iter().flatten().map(f64::from).collect()
    };
    let truth = values("LittleEndianImplicitTransferSyntax_1.2.840.10008.1.2");
    let extended = values("JPEGProcess2_4TransferSyntax_1.2.840.10008.1.2.4.51");
    let squares: f64 = truth.iter().zip(&extended).map(|(a, b)| (a - b) * (a - b)).sum();
    let rms = (squares / truth.len() as f64).sqrt();
    println!("12-bit lossy: rms {rms:.2} HU");
    // The transform keeps lengths, and no coefficient is off by more than half its step: the
    // root mean square of the stream's 64 half steps bounds the error.
    assert!(rms > 0.0 && rms < 6.71, "{rms}");
    // The same coefficients in one scan, in spectral bands and in bits give the same words.
    for encoding in [
        "JPEGProcess6_8TransferSyntax_1.2.840.10008.1.2.4.53",
        "JPEGProcess10_12TransferSyntax_1.2.840.10008.1.2.4.55",
    ] {
        assert_eq!(values(encoding), extended, "{encoding}");
    }
}

#[test]
fn bad_geometry_is_told() {
    let Some(data) = data() else { return };
    let edge = data.join("dicom-edge/geometry");
    for (folder, code) in [
        ("gantrytilting/001", "scan.gantry_tilt"),
        ("sliceincrement/001", "scan.missing_slices"),
        ("notavolume", "scan.not_a_volume"),
    ] {
        let scan = read(&edge.join(folder));
        assert!(scan.report.has(code), "{folder}: {:#?}", scan.report.findings);
        assert_eq!(scan.report.verdict, Verdict::Reject);
        assert!(scan.volume.is_none());
    }
    let tilt = read(&edge.join("gantrytilting/001")).report.tilt_deg;
    assert!((tilt - 14.0).abs() < 0.01, "{tilt}");
}

#[test]
fn image_files_are_scans_too() {
    let Some(data) = data() else { return };
    for (file, size) in [
        ("spine-l3-gt/sub-ct_label-22_ct.nii.gz", None),
        ("skull-ct/cranium.nii.gz", None),
        ("spine-3mm-totalseg/example_ct.nii.gz", Some([122, 101, 112])),
    ] {
        let bytes = std::fs::read(data.join(file)).unwrap();
        let source = MemorySource::new(vec![(file.into(), bytes)]);
        let scan = import(&source, &InProcess, &options(), &Job::quiet()).unwrap();
        println!("{file} {:?} {:#?}", scan.report.verdict, scan.report.findings);
        assert!(size.is_none_or(|s| s == scan.report.size));
    }
}

#[test]
fn damaged_files_are_refused_quietly() {
    let Some(data) = data() else { return };
    let mut state = 7u64;
    let mut random = move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    for file in [
        "dicom-edge/misc/CT_small.dcm",
        "dicom-edge/misc/emri_small_RLE.dcm",
        "dicom-edge/misc/badVR.dcm",
        "dicom-edge/misc/no_meta.dcm",
        "dicom-edge/wg04/CT2_JLSN",
        "dicom-edge/wg04/CT2_J2KI",
        "mandible-gt/test_oncologist_0522c0017_Mandible.nrrd",
        "spine-l3-gt/sub-ct_seg-vert_label-22_msk.nii.gz",
    ] {
        let whole = std::fs::read(data.join(file)).unwrap();
        for round in 0..40 {
            let mut bytes = whole.clone();
            for _ in 0..1 + round % 8 {
                let at = random() % bytes.len().min(if round % 2 == 0 { 2000 } else { usize::MAX });
                bytes[at] = random() as u8;
            }
            if round % 5 == 0 {
                bytes.truncate(random() % bytes.len());
            }
            let source = MemorySource::new(vec![(file.into(), bytes)]);
            let bound = ImportOptions { byte_count_max: 1 << 28, ..options() };
            let _ = import(&source, &InProcess, &bound, &Job::quiet());
        }
    }
}
