//! Dev.
use ossein_geom::*;
use ossein_segment::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let bytes = std::fs::read(&a[1]).unwrap();
    let f = |n: usize| f64::from_le_bytes(bytes[8 * n..8 * n + 8].try_into().unwrap());
    let size = [f(0) as usize, f(1) as usize, f(2) as usize];
    let grid = Grid { size, spacing: [f(3), f(4), f(5)], origin: Point::new(f(6), f(7), f(8)),
        axes: [9, 12, 15].map(|n| Vector::new(f(n), f(n + 1), f(n + 2))) };
    let v: Vec<i16> = bytes[144..].chunks_exact(2).map(|c| i16::from_le_bytes([c[0], c[1]])).collect();
    let hu = Volume::new(grid, v);
    let text = std::fs::read_to_string(&a[2]).unwrap();
    let seeds = text.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty()).map(|l| {
        let w: Vec<&str> = l.split_whitespace().collect();
        Seed { level: w[0].parse().unwrap(), point: Point::new(w[1].parse().unwrap(), w[2].parse().unwrap(), w[3].parse().unwrap()) }
    }).collect();
    let t = std::time::Instant::now();
    let r = from_seeds(&hu, &SeedOptions { seeds, threshold_hu: None }, &Job::quiet()).unwrap();
    println!("seconds {:.2}", t.elapsed().as_secs_f64());
    for s in &r.value.structures { println!("{} {} n={} vol={:.0} c={:.1?} hu={:.0}", s.label, s.name, s.voxel_count, s.volume_mm3, s.centroid.array(), s.mean_hu); }
    for f in &r.findings { println!("{:?} {} {}: {}", f.severity, f.code, f.place, f.message); }
    let out: Vec<u8> = r.value.labels.values.iter().flat_map(|v| v.to_le_bytes()).collect();
    std::fs::write(&a[3], out).unwrap();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    println!("{}", status.lines().find(|l| l.starts_with("VmHWM")).unwrap());
    if a.len() > 4 {
        for l in a[4].split(',') {
            let t = std::time::Instant::now();
            let ids: Vec<u16> = l.split('+').map(|x| x.parse().unwrap()).collect();
            let phi = level_set(&hu, &r.value, &ids, &Job::quiet()).unwrap();
            println!("level set {l}: {:?} {:?} {:.2}s", phi.grid.size, phi.grid.spacing, t.elapsed().as_secs_f64());
            let g = &phi.grid;
            let mut o: Vec<u8> = Vec::new();
            for x in [g.size[0] as f64, g.size[1] as f64, g.size[2] as f64, g.spacing[0], g.spacing[1], g.spacing[2], g.origin.x, g.origin.y, g.origin.z] { o.extend(x.to_le_bytes()); }
            for v in g.axes { for c in v.array() { o.extend(c.to_le_bytes()); } }
            for v in &phi.values { o.extend(v.to_le_bytes()); }
            std::fs::write(format!("{}.{l}.phi", a[3]), o).unwrap();
        }
    }
}
