//! Damaged and hostile bytes, made here: always an answer, never a panic, and memory within bounds.

#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use ossein_geom::{Grid, Job, Lps, Point, Volume};
use ossein_scan::dicom_write::{SeriesHeader, ct_series};
use ossein_scan::{
    ImportError, ImportOptions, Imported, InProcess, MemorySource, import, meta_image, nifti,
};

/// Counts what is allocated: now, at most, and the largest piece.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static LARGEST: AtomicUsize = AtomicUsize::new(0);

fn grown(count: usize, piece: usize) {
    PEAK.fetch_max(NOW.fetch_add(count, SeqCst) + count, SeqCst);
    LARGEST.fetch_max(piece, SeqCst);
}

// SAFETY: every call goes to the system allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grown(layout.size(), layout.size());
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grown(layout.size(), layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), SeqCst);
        unsafe { System.dealloc(place, layout) }
    }
    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Old and new may stand side by side while bytes are moved.
        grown(size, size);
        NOW.fetch_sub(layout.size(), SeqCst);
        unsafe { System.realloc(place, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const MIB: usize = 1 << 20;
/// Histogram, inflaters, lists of names: what comes on top of the limit.
const WORKING_SPACE: usize = 4 * MIB;

fn volume(size: [usize; 3]) -> Volume<i16> {
    let grid = Grid::<Lps>::aligned(Point::new(-20.5, 3.25, -100.0), [0.5, 0.625, 1.0], size);
    let value = |n: usize| {
        let [i, j, k] = grid.voxel(n);
        let air = i < size[0] / 8 || j < size[1] / 8 || i > size[0] * 7 / 8;
        if air { -1000 } else { ((i * 31 + j * 17 + k * 7) % 1200) as i16 - 300 }
    };
    let values = (0..grid.voxel_count()).map(value).collect();
    Volume::new(grid, values)
}

fn series(size: [usize; 3]) -> Vec<(String, Vec<u8>)> {
    let header = SeriesHeader {
        seed: "hostile".into(),
        pseudonym: "NOBODY".into(),
        date: "20240101".into(),
        series_number: 3,
        description: "bone".into(),
        kernel: "B70s".into(),
        kvp: 120.0,
        slice_thickness_mm: 1.0,
        manufacturer: "SIEMENS".into(),
    };
    ct_series(&volume(size), &header)
}

struct Measured {
    result: Result<Imported, ImportError>,
    peak: usize,
    largest: usize,
}

/// Imports and counts, from what stands before it.
fn measure(files: Vec<(String, Vec<u8>)>, byte_count_max: usize) -> Measured {
    let source = MemorySource::new(files);
    let options =
        ImportOptions { series: None, today: None, byte_count_max: byte_count_max as u64 };
    let before = NOW.load(SeqCst);
    PEAK.store(before, SeqCst);
    LARGEST.store(0, SeqCst);
    let result = import(&source, &InProcess, &options, &Job::quiet());
    Measured { result, peak: PEAK.load(SeqCst) - before, largest: LARGEST.load(SeqCst) }
}

fn check(name: &str, files: Vec<(String, Vec<u8>)>, limit: usize) -> Measured {
    let file_bytes: usize = files.iter().map(|f| f.1.len()).max().unwrap_or(0);
    let measured = measure(files, limit);
    let Measured { peak, largest, .. } = measured;
    assert!(largest <= limit + file_bytes, "{name}: one piece of {largest} bytes");
    assert!(peak <= limit + WORKING_SPACE, "{name}: {peak} bytes at once, limit {limit}");
    measured
}

fn element(tag: u32, vr: &[u8; 2], bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(((tag >> 16) as u16).to_le_bytes());
    out.extend((tag as u16).to_le_bytes());
    out.extend(vr);
    if matches!(vr, b"OB" | b"OW" | b"SQ") {
        out.extend([0, 0]);
        out.extend((bytes.len() as u32).to_le_bytes());
    } else {
        out.extend((bytes.len() as u16).to_le_bytes());
    }
    out.extend(bytes);
    out
}

/// The same file in another transfer syntax; `pixels` replaces the pixel element.
fn recoded(file: &[u8], syntax: &str, recode: impl Fn(&[u8], &[u8]) -> Vec<u8>) -> Vec<u8> {
    let find = |what: &[u8]| file.windows(what.len()).position(|w| w == what).unwrap();
    let at = find(&element(0x0002_0010, b"UI", b"1.2.840.10008.1.2.1\0"));
    let meta_end = find(b"\x08\0\x05\0CS");
    let pixels = find(b"\xE0\x7F\x10\0OW");
    let mut syntax = syntax.as_bytes().to_vec();
    syntax.resize(syntax.len().next_multiple_of(2), 0);
    let mut out = file[..at].to_vec();
    out.extend(element(0x0002_0010, b"UI", &syntax));
    out.extend(&file[at + 28..meta_end]);
    out.extend(recode(&file[meta_end..pixels], &file[pixels + 12..]));
    out
}

/// Encapsulated pixel data of one frame.
fn encapsulated(stream: &[u8]) -> Vec<u8> {
    let mut out = b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\0\0\0\0".to_vec();
    out.extend(b"\xFE\xFF\0\xE0");
    out.extend((stream.len() as u32).to_le_bytes());
    out.extend(stream);
    out.extend(b"\xFE\xFF\xDD\xE0\0\0\0\0");
    out
}

/// Byte planes, each in runs of 128 literal bytes.
fn run_lengths(words: &[u8]) -> Vec<u8> {
    let mut planes = [Vec::new(), Vec::new()];
    for (plane, out) in planes.iter_mut().enumerate() {
        let bytes: Vec<u8> = words.iter().skip(1 - plane).step_by(2).copied().collect();
        for part in bytes.chunks(128) {
            out.push(part.len() as u8 - 1);
            out.extend(part);
        }
    }
    let mut out = vec![0; 64];
    for (n, v) in [2, 64, 64 + planes[0].len() as u32].into_iter().enumerate() {
        out[4 * n..4 * n + 4].copy_from_slice(&v.to_le_bytes());
    }
    out.extend(planes.concat());
    out
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let level = flate2::Compression::new(6);
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), level);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn jpeg_ls(words: &[u8], [columns, rows]: [usize; 2]) -> Vec<u8> {
    let info = charls::FrameInfo {
        width: columns as u32,
        height: rows as u32,
        bits_per_sample: 16,
        component_count: 1,
    };
    charls::CharLS::default().encode(info, 0, words).unwrap()
}

fn nrrd(volume: &Volume<i16>, encoding: &str) -> Vec<u8> {
    let [i, j, k] = volume.grid.size;
    let mut out = format!(
        "NRRD0004\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: {i} {j} {k}\n\
         space directions: (0.5,0,0) (0,0.625,0) (0,0,1)\nkinds: domain domain domain\n\
         endian: little\nencoding: {encoding}\nspace origin: (-20.5,3.25,-100)\n\n"
    )
    .into_bytes();
    let raw: Vec<u8> = volume.values.iter().flat_map(|v| v.to_le_bytes()).collect();
    match encoding {
        "gzip" => out.extend(gzip(&raw)),
        "ascii" => {
            let words: Vec<String> = volume.values.iter().map(i16::to_string).collect();
            out.extend(words.join(" ").into_bytes());
        }
        _ => out.extend(raw),
    }
    out
}

/// One small file of every kind that we read; whether it holds the volume of [`volume`].
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let size = [24, 20, 12];
    let volume = volume(size);
    let file = series(size).remove(0).1;
    let two = |syntax, recode: &dyn Fn(&[u8]) -> Vec<u8>| {
        recoded(&file, syntax, |set, words| [set, &encapsulated(&recode(words))].concat())
    };
    let whole =
        |set: &[u8], words: &[u8]| deflated(&[set, &element(0x7FE0_0010, b"OW", words)].concat());
    vec![
        ("plain.dcm", file.clone()),
        ("rle.dcm", two("1.2.840.10008.1.2.5", &run_lengths)),
        ("jls.dcm", two("1.2.840.10008.1.2.4.80", &|w| jpeg_ls(w, [24, 20]))),
        ("deflated.dcm", recoded(&file, "1.2.840.10008.1.2.1.99", whole)),
        ("a.nii.gz", nifti::write_hu(&volume)),
        ("a.nii", {
            let mut plain = Vec::new();
            let zipped = nifti::write_hu(&volume);
            std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&zipped[..]), &mut plain)
                .unwrap();
            plain
        }),
        ("a.mha", meta_image::write(&volume)),
        ("raw.nrrd", nrrd(&volume, "raw")),
        ("gzip.nrrd", nrrd(&volume, "gzip")),
        ("ascii.nrrd", nrrd(&volume, "ascii")),
    ]
}

fn whole_files_are_read() {
    let size = [24, 20, 12];
    let expected = volume(size);
    for (name, bytes) in samples() {
        if name.ends_with(".dcm") {
            let frames = ossein_scan::dicom::hu_frames(&bytes, &InProcess, 16 << 20).unwrap();
            assert_eq!(frames.frames[0][..], expected.values[..480], "{name}");
        } else {
            let scan = check(name, vec![(name.into(), bytes)], 16 * MIB).result.unwrap();
            assert_eq!(scan.volume.unwrap().values, expected.values, "{name}");
        }
    }
}

fn mutations_are_answered() {
    let mut state = 7u64;
    let mut random = move |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let (mut worst_peak, mut worst_piece) = (0, 0);
    for (name, whole) in samples() {
        for round in 0..400 {
            let mut bytes = whole.clone();
            let reach = if round % 2 == 0 { 1500.min(bytes.len()) } else { bytes.len() };
            for _ in 0..1 + round % 8 {
                let at = random(reach);
                bytes[at] = match random(4) {
                    0 => 0xFF,
                    1 => 0,
                    2 => bytes[at] ^ (1 << random(8)),
                    _ => random(256) as u8,
                };
            }
            match round % 7 {
                0 => bytes.truncate(random(bytes.len())),
                1 => {
                    let (at, count) = (random(bytes.len()), random(64));
                    let part = bytes[at..(at + count).min(bytes.len())].to_vec();
                    bytes.splice(at..at, part);
                }
                _ => {}
            }
            let measured = check(name, vec![(name.into(), bytes)], 16 * MIB);
            worst_peak = worst_peak.max(measured.peak);
            worst_piece = worst_piece.max(measured.largest);
        }
    }
    println!("mutations: peak {worst_peak} bytes, largest piece {worst_piece} bytes");
}

fn bombs_are_defused() {
    let file = series([24, 20, 1]).remove(0).1;
    let pixels = file.windows(6).position(|w| w == b"\xE0\x7F\x10\0OW").unwrap();
    let with = |extra: Vec<u8>| [&file[..pixels], &extra, &file[pixels..]].concat();
    let items = b"\xFE\xFF\0\xE0\0\0\0\0".repeat(200_000);
    let small = [&b"\xFE\xFF\0\xE0\x08\0\0\0"[..], &element(0x0018_0050, b"DS", b"")].concat();
    let open = b"\x00\x52\x30\x92SQ\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF";
    let mut huge = nifti::write_hu(&volume([24, 20, 12]));
    huge.truncate(0);
    huge.extend(gzip(&vec![0; 64 * MIB]));
    let mut header = vec![0u8; 352];
    header[..4].copy_from_slice(&348i32.to_le_bytes());
    for (n, v) in [3i16, 1000, 1000, 1000, 1].into_iter().enumerate() {
        header[40 + 2 * n..42 + 2 * n].copy_from_slice(&v.to_le_bytes());
    }
    header[70] = 4;
    header[108..112].copy_from_slice(&352f32.to_le_bytes());
    header[344..347].copy_from_slice(b"n+1");
    let bomb = |set: &[u8], _: &[u8]| deflated(&[set, &vec![0; 64 * MIB]].concat());
    let frames = recoded(&file, "1.2.840.10008.1.2.1", |set, words| {
        let count = element(0x0028_0008, b"IS", b"20000 ");
        [set, &count, &element(0x7FE0_0010, b"OW", words)].concat()
    });
    for (name, bytes) in [
        ("items.dcm", with(element(0x5200_9230, b"SQ", &items))),
        ("elements.dcm", with(element(0x5200_9230, b"SQ", &small.repeat(100_000)))),
        ("nested.dcm", with(open.repeat(50_000))),
        ("deflate.dcm", recoded(&file, "1.2.840.10008.1.2.1.99", bomb)),
        ("frames.dcm", frames),
        ("zeros.nii.gz", huge),
        ("stated.nii", header.clone()),
        ("stated.nii.gz", gzip(&header)),
    ] {
        for limit in [16 * MIB, 256 * MIB] {
            let measured = check(name, vec![(name.into(), bytes.clone())], limit);
            println!("{name}: peak {} bytes, {:?}", measured.peak, measured.result.err());
        }
    }
    let many: Vec<_> =
        (0..300).map(|n| (format!("{n}.dcm"), with(items[..48_000].to_vec()))).collect();
    check("many", many, 16 * MIB);
}

fn memory_follows_the_limit() {
    let size = [256, 256, 60];
    let files = series(size);
    let volume_bytes = 2 * size.iter().product::<usize>();
    for limit in [12 * MIB, 16 * MIB, 64 * MIB] {
        let measured = check("series", files.clone(), limit);
        let scan = measured.result.unwrap();
        assert!(scan.volume.is_some());
        println!("limit {limit}: peak {} for a volume of {volume_bytes}", measured.peak);
    }
    let refused = check("series", files.clone(), volume_bytes + 100_000).result;
    assert!(matches!(refused, Err(ImportError::TooLarge { .. })), "{refused:?}");
    let volume = volume(size);
    for (name, bytes) in [
        ("v.nii.gz", nifti::write_hu(&volume)),
        ("v.mha", meta_image::write(&volume)),
        ("v.nrrd", nrrd(&volume, "gzip")),
        ("ascii.nrrd", nrrd(&volume, "ascii")),
    ] {
        let limit = 48 * MIB;
        let measured = check(name, vec![(name.into(), bytes)], limit);
        println!("{name}: peak {} for a volume of {volume_bytes}", measured.peak);
        assert_eq!(measured.result.unwrap().volume.unwrap().values, volume.values);
    }
}

/// One test: the counters belong to the whole process.
#[test]
fn any_bytes_get_an_answer_within_bounds() {
    whole_files_are_read();
    mutations_are_answered();
    bombs_are_defused();
    memory_follows_the_limit();
}
