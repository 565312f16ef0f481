//! Dev.
use ossein_geom::*;
use ossein_segment::*;
fn load(fnm: &str) -> Volume<i16> {
    let bytes = std::fs::read(fnm).unwrap();
    let f = |n: usize| f64::from_le_bytes(bytes[8 * n..8 * n + 8].try_into().unwrap());
    let size = [f(0) as usize, f(1) as usize, f(2) as usize];
    let grid = Grid { size, spacing: [f(3), f(4), f(5)], origin: Point::new(f(6), f(7), f(8)),
        axes: [9, 12, 15].map(|n| Vector::new(f(n), f(n + 1), f(n + 2))) };
    let v: Vec<i16> = bytes[144..].chunks_exact(2).map(|c| i16::from_le_bytes([c[0], c[1]])).collect();
    Volume::new(grid, v)
}
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let hu = load(&a[1]);
    let l = load(&a[2]).map(|v| v as u16);
    let hu = if a[1] == a[2] { hu.map(|v| if v > 0 { 300 } else { 20 }) } else { hu };
    let table = if a[3] == "ts" { LabelTable::TotalSegmentator } else { LabelTable::Verse };
    let t = std::time::Instant::now();
    let r = from_labels(&hu, &l, &table, &Job::quiet()).unwrap();
    println!("seconds {:.2}", t.elapsed().as_secs_f64());
    for s in &r.value.structures { println!("{} {} n={} vol={:.0} c={:.1?} hu={:.0}", s.label, s.name, s.voxel_count, s.volume_mm3, s.centroid.array(), s.mean_hu); }
    for f in &r.findings { println!("{:?} {} {}: {}", f.severity, f.code, f.place, f.message); }
    let out: Vec<u8> = r.value.labels.values.iter().flat_map(|v| v.to_le_bytes()).collect();
    std::fs::write(&a[4], out).unwrap();
}
