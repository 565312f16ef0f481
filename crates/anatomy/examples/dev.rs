//! Dev.
use ossein_geom::*;
use ossein_segment::*;
use ossein_anatomy::measure;
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
    if a.len() > 4 {
        for l in a[4].split(',') {
            let ids: Vec<u16> = l.split('+').map(|x| x.parse().unwrap()).collect();
            let phi = level_set(&hu, &r.value, &ids, &Job::quiet()).unwrap();
            let g = &phi.grid;
            let mut o: Vec<u8> = Vec::new();
            for x in [g.size[0] as f64, g.size[1] as f64, g.size[2] as f64, g.spacing[0], g.spacing[1], g.spacing[2], g.origin.x, g.origin.y, g.origin.z] { o.extend(x.to_le_bytes()); }
            for v in g.axes { for c in v.array() { o.extend(c.to_le_bytes()); } }
            for v in &phi.values { o.extend(v.to_le_bytes()); }
            std::fs::write(format!("{}.{l}.phi", a[3]), o).unwrap();
        }
    }
    let t = std::time::Instant::now();
    let m = measure(&hu, &r.value, &Job::quiet()).unwrap();
    println!("anatomy {:.2}s", t.elapsed().as_secs_f64());
    for v in &m.value.vertebrae {
        println!("{} vol {:.0} ant {:.1} post {:.1} mid {:.1} wedge {:.1} hu {:.0}", v.level, v.body_volume_mm3, v.height_anterior_mm, v.height_posterior_mm, v.height_mid_mm, v.wedge_deg, v.body_mean_hu);
        for (n, e) in [("cr", &v.cranial), ("ca", &v.caudal)] {
            println!("PL {} {n} {:?} {:?} {:?} {:?}", v.level, e.center.array(), e.normal.array(), e.u.array(), e.v.array());
            println!("   {n} w {:.1} d {:.1} area {:.0} conc {:.2} rim {:.1} rms {:.2}", e.width_mm, e.depth_mm, e.area_mm2, e.concavity_mm, e.rim_width_mm, e.fit_rms_mm);
        }
    }
    println!("{}", std::fs::read_to_string("/proc/self/status").unwrap().lines().find(|l| l.starts_with("VmHWM")).unwrap());
}
