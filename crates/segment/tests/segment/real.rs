//! Real scans: a lumbar vertebra with known truth, the upper thoracic spine, foreign label maps.

use std::path::PathBuf;

use ossein_geom::{Job, Level, Point, Volume};
use ossein_segment::{
    LabelTable, Seed, SeedOptions, arch_label, body_label, expected, from_labels, from_seeds,
};

const LIMIT: u64 = 2_000_000_000;

/// Set by hand, LPS mm; the first rib's head meets the body of T1 alone.
const THORACIC_SEEDS: &str = "\
T1 -10.0 175.4 -437.8
T2 -10.4 187.9 -453.8
T3 -10.6 199.6 -470.8
T4 -10.6 210.5 -490.4
T5 -10.6 221.5 -504.8
";

fn data(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("OSSEIN_DATA").map(PathBuf::from).unwrap_or_else(|| {
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"))
    });
    let path = root.join(folder);
    if !path.exists() {
        println!("skipped: no {folder} in the test data");
        return None;
    }
    Some(path)
}

fn image(path: PathBuf) -> ossein_scan::Image {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    ossein_scan::read_image(&name, &std::fs::read(path).unwrap(), LIMIT).unwrap()
}

fn hu(path: PathBuf) -> Volume<i16> {
    image(path).into_hu()
}

fn labels(path: PathBuf) -> Volume<u16> {
    image(path).to_labels().unwrap()
}

fn level(name: &str) -> Level {
    name.parse().unwrap()
}

fn dice(found: impl Fn(usize) -> bool, truth: impl Fn(usize) -> bool, count: usize) -> f64 {
    let both = (0..count).filter(|&n| found(n) && truth(n)).count();
    let all = (0..count).map(|n| usize::from(found(n)) + usize::from(truth(n))).sum::<usize>();
    2.0 * both as f64 / all as f64
}

fn seeds(text: &str) -> Vec<Seed> {
    let seed = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = |n: usize| words[n].parse::<f64>().unwrap();
        Seed { level: level(words[0]), point: Point::new(at(1), at(2), at(3)) }
    };
    text.lines().filter(|l| !l.trim().is_empty()).map(seed).collect()
}

#[test]
fn a_lumbar_vertebra_from_one_seed() {
    let Some(folder) = data("spine-l3-gt") else { return };
    let scan = hu(folder.join("sub-ct_label-22_ct.nii.gz"));
    let whole = labels(folder.join("sub-ct_seg-vert_label-22_msk.nii.gz"));
    let parts = labels(folder.join("sub-ct_seg-subreg_label-22_msk.nii.gz"));
    let options = SeedOptions { seeds: seeds("L3 26 162 -65"), threshold_hu: None };
    let found = from_seeds(&scan, &options, &Job::quiet()).unwrap().value.labels.values;
    let l3 = level("L3");
    let (body, arch) = (body_label(l3), arch_label(l3));
    let mine = |n: usize| whole.values[n] == 22;
    let count = found.len();
    let of_whole = dice(|n| found[n] == body || found[n] == arch, mine, count);
    let of_body = dice(|n| found[n] == body, |n| mine(n) && parts.values[n] >= 49, count);
    let is_arch = |n: usize| mine(n) && (41..=48).contains(&parts.values[n]);
    let of_arch = dice(|n| found[n] == arch, is_arch, count);
    println!("Dice: vertebra {of_whole:.3}, body {of_body:.3}, arch {of_arch:.3}");
    assert!(of_whole >= 0.90 && of_body >= 0.85 && of_arch >= 0.85);
}

#[test]
fn a_whole_vertebra_of_a_map_is_split() {
    let Some(folder) = data("spine-l3-gt") else { return };
    let scan = hu(folder.join("sub-ct_label-22_ct.nii.gz"));
    let whole = labels(folder.join("sub-ct_seg-vert_label-22_msk.nii.gz"));
    let parts = labels(folder.join("sub-ct_seg-subreg_label-22_msk.nii.gz"));
    let found = from_labels(&scan, &whole, &LabelTable::Verse, &Job::quiet()).unwrap().value;
    let l3 = level("L3");
    let (labels, count) = (found.labels.values, scan.values.len());
    let mine = |n: usize| whole.values[n] == 22;
    let of_body =
        dice(|n| labels[n] == body_label(l3), |n| mine(n) && parts.values[n] >= 49, count);
    let is_arch = |n: usize| mine(n) && (41..=48).contains(&parts.values[n]);
    let of_arch = dice(|n| labels[n] == arch_label(l3), is_arch, count);
    println!("Dice of the split: body {of_body:.3}, arch {of_arch:.3}");
    assert!(of_body > 0.97 && of_arch > 0.95);
}

#[test]
fn five_thoracic_vertebrae_from_five_seeds() {
    let Some(folder) = data("spine-ct-dicom") else { return };
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    names.sort();
    let file = |p: &PathBuf| {
        (p.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(p).unwrap())
    };
    let source = ossein_scan::MemorySource::new(names.iter().map(file).collect());
    let options = ossein_scan::ImportOptions { series: None, today: None, byte_count_max: LIMIT };
    let job = Job::quiet();
    let scan = ossein_scan::import(&source, &ossein_scan::InProcess, &options, &job).unwrap();
    let scan = scan.volume.unwrap();
    let seeds = seeds(THORACIC_SEEDS);
    let levels: Vec<Level> = seeds.iter().map(|s| s.level).collect();
    let options = SeedOptions { seeds, threshold_hu: None };
    let found = from_seeds(&scan, &options, &Job::quiet()).unwrap();
    for level in levels {
        let body = found.value.structure(body_label(level)).unwrap();
        let arch = found.value.structure(arch_label(level)).unwrap();
        let mean = expected::body_size(level).unwrap().volume_mm3();
        println!(
            "{level}: body {:.0} mm³ of {mean:.0}, arch {:.0}",
            body.volume_mm3, arch.volume_mm3
        );
        let ratio = ossein_geom::float::pow(body.volume_mm3 / mean, 1.0 / 3.0);
        assert!(expected::is_plausible(ratio, 1.0), "{level}: {ratio}");
        assert!(arch.volume_mm3 > 0.5 * body.volume_mm3 && arch.volume_mm3 < 2.0 * body.volume_mm3);
    }
    let wrong: Vec<_> = found.findings.iter().filter(|f| f.code == "segment.size").collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(found.findings.iter().any(|f| f.code == "segment.cut_off" && f.place == "T5 body"));
}

#[test]
fn a_network_map_on_a_coarse_scan() {
    let Some(folder) = data("spine-3mm-totalseg") else { return };
    let scan = hu(folder.join("example_ct.nii.gz"));
    let map = labels(folder.join("spine_report_example_ct_report_totalseg.nii.gz"));
    let table = LabelTable::TotalSegmentator;
    let found = from_labels(&scan, &map, &table, &Job::quiet()).unwrap().value;
    for name in ["L1", "L2", "L3", "L4", "L5"] {
        let level = level(name);
        let body = found.structure(body_label(level)).unwrap();
        let arch = found.structure(arch_label(level)).unwrap();
        let share = body.voxel_count as f64 / (body.voxel_count + arch.voxel_count) as f64;
        println!("{name}: body {:.0} mm³, {:.0} %", body.volume_mm3, 100.0 * share);
        assert!(share > 0.55 && share < 0.8);
    }
}
