//! Real files, where they are at hand: encodings agree, geometry is told, hostile bytes are refused.

use std::path::{Path, PathBuf};

use ossein_geom::Job;
use ossein_scan::dicom::hu_frames;
use ossein_scan::{ImportOptions, Imported, InProcess, MemorySource, Verdict, import};

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
    let first = hu(&data.join("spine-ct-dicom/164.dcm")).unwrap();
    let at = volume.grid.voxel_at(ossein_geom::Point::new(-101.0, 120.688, -515.8)).unwrap();
    assert_eq!([at[0], at[1]], [0, 0]);
    assert_eq!(volume.values[at[2] * 65536..][..65536], first[0][..]);
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
