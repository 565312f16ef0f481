use ossein_field::Field;
use ossein_field::band::*;
use ossein_field::mesh_distance::MeshField;
use ossein_geom::*;
struct Cpu(f64);
fn cpu() -> f64 { std::fs::read_dir("/proc/self/task").unwrap().map(|t| std::fs::read_to_string(t.unwrap().path().join("schedstat")).unwrap().split_whitespace().next().unwrap().parse::<f64>().unwrap()).sum::<f64>() * 1e-9 }
impl Cpu { fn now() -> Self { Self(cpu()) } fn elapsed(&self) -> f64 { cpu() - self.0 } }
fn main() {
    let dir = "/work/shared/data/lumbar-mean-mesh/";
    let rd = |f: &str| std::fs::read_to_string(format!("{dir}{f}")).unwrap();
    let mut v: Vec<Point<Lps>> = rd("meanMesh_vertices.csv").lines().map(|l| { let a: Vec<f64> = l.split(',').map(|x| x.trim().parse().unwrap()).collect(); Point::new(a[0], a[1], a[2]) }).collect();
    let t: Vec<[u32; 3]> = rd("meanMesh_faces.csv").lines().map(|l| { let a: Vec<u32> = l.split(',').map(|x| x.trim().parse::<u32>().unwrap() - 1).collect(); [a[0], a[1], a[2]] }).collect();
    let mut mid = std::collections::BTreeMap::new();
    let mut t2 = vec![];
    for [a, b, c] in t {
        let mut m = |a: u32, b: u32| *mid.entry((a.min(b), a.max(b))).or_insert_with(|| { let p = v[a as usize].lerp(v[b as usize], 0.5); v.push(p); v.len() as u32 - 1 });
        let (ab, bc, ca) = (m(a, b), m(b, c), m(c, a));
        t2.extend([[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]);
    }
    let mesh = TriMesh { vertices: v, triangles: t2 };
    println!("{} tris {:?}", mesh.triangles.len(), mesh.bounds());
    for _ in 0..1 {
        let s = Cpu::now();
        let f = MeshField::new(&mesh).unwrap();
        println!("new {:?} closed {} open {}", s.elapsed(), f.is_closed(), f.open_edge_count());
        for d in [0.0, 1.0] {
            let s = Cpu::now();
            let b = offset(&f, Mm(d), &BandOptions { step: Mm(0.2), half_width: Mm(0.6) }, &Job::quiet()).unwrap();
            println!("band {d} {:?} bricks {} samples {} MB {}", s.elapsed(), b.brick_count(), b.sample_count(), b.byte_count() as f64 / 1e6);
        }
        let s = Cpu::now();
        let mut sum = 0.0;
        for n in 0..20000 { let p = mesh.vertices[n * 10] + Vector::new(0.3, 0.2, 0.1); sum += f.distance(p); }
        println!("20k points {:?} {sum}", s.elapsed());
    }
}
