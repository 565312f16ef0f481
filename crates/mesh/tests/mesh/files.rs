//! Every format: what is written is read back equal; what is damaged is refused with its place.

use std::io::{Cursor, Write};

use ossein_field::primitive::Torus;
use ossein_geom::{Job, Lps, Point, TriMesh, Vector};
use ossein_mesh::extract::{extract, samples_around};
use ossein_mesh::files::{Fault, Place, ReadError, format_of, read};
use ossein_mesh::model3mf::{self, Beam, BeamLattice, Metadata};
use ossein_mesh::ply::Encoding;
use ossein_mesh::{check_watertight, measure, obj, ply, stl};

fn ring() -> TriMesh<Lps> {
    let ring = Torus {
        center: Point::<Lps>::new(1.0, 2.0, 3.0),
        axis: Vector::new(0.0, 0.6, 0.8),
        ring_radius_mm: 6.0,
        tube_radius_mm: 2.0,
    };
    extract(&ring, &samples_around(&ring, 0.5), &Job::quiet()).unwrap()
}

fn metadata() -> Metadata {
    Metadata { title: "ring & co".into(), entries: vec![] }
}

fn written(word: &str, mesh: &TriMesh<Lps>) -> Vec<u8> {
    let mut out = Vec::new();
    match word {
        "stl" => stl::write(mesh, "ring", &mut out).unwrap(),
        "stl text" => stl::write_text(mesh, "ring", &mut out).unwrap(),
        "obj" => obj::write(mesh, "ring", &mut out).unwrap(),
        "ply text" => ply::write(mesh, Encoding::Text, "ring", &mut out).unwrap(),
        "ply" => ply::write(mesh, Encoding::LittleEndian, "ring", &mut out).unwrap(),
        "ply big" => ply::write(mesh, Encoding::BigEndian, "ring", &mut out).unwrap(),
        _ => {
            let mut place = Cursor::new(Vec::new());
            model3mf::write(mesh, &metadata(), &mut place).unwrap();
            out = place.into_inner();
        }
    }
    out
}

const WORDS: [&str; 7] = ["stl", "stl text", "obj", "ply text", "ply", "ply big", "3mf"];

#[track_caller]
fn check_round(word: &str, error_mm: f64, same_order: bool) {
    let mesh = ring();
    let back: TriMesh<Lps> = read(&written(word, &mesh), "part").unwrap();
    assert_eq!(back.vertices.len(), mesh.vertices.len());
    assert_eq!(back.triangles.len(), mesh.triangles.len());
    for (&s, &t) in mesh.triangles.iter().zip(&back.triangles) {
        assert!(!same_order || s == t);
        for (p, q) in mesh.corners(s).iter().zip(back.corners(t)) {
            assert!(p.distance(q) <= error_mm, "{p:?} {q:?}");
        }
    }
    let sound = check_watertight(back).unwrap();
    assert_eq!(measure::genus(&sound), 1);
}

#[test]
fn what_is_written_is_read_back() {
    check_round("stl", 1e-6, false);
    check_round("stl text", 1e-6, false);
    check_round("obj", 0.0, true);
    check_round("ply text", 0.0, true);
    check_round("ply", 0.0, true);
    check_round("ply big", 0.0, true);
    check_round("3mf", 1e-4, true);
}

#[test]
fn streams_give_the_same_bytes() {
    let mesh = ring();
    let mut out = Cursor::new(Vec::new());
    let corners = mesh.triangles.iter().map(|&t| mesh.corners(t));
    let count = stl::write_stream(corners, "ring", &mut out).unwrap();
    assert_eq!(count as usize, mesh.triangles.len());
    assert_eq!(out.into_inner(), written("stl", &mesh));
}

#[test]
fn cut_files_are_refused_or_shorter() {
    let mesh = ring();
    for word in WORDS {
        let whole = written(word, &mesh);
        for part in [0, 1, 3, 10, 50, 83, 84, 85, 100, 500, whole.len() / 2, whole.len() - 60] {
            let seen: Result<TriMesh<Lps>, _> = read(&whole[..part], "part");
            let fewer = seen.map(|m| m.triangles.len() < mesh.triangles.len()).unwrap_or(true);
            assert!(fewer, "{word} cut to {part}");
        }
    }
}

#[test]
fn changed_bytes_never_panic() {
    let mut small = ring();
    small.triangles.truncate(40);
    small.vertices.truncate(200);
    small.triangles.retain(|t| t.iter().all(|&v| v < 200));
    let mut state = 7u64;
    for word in WORDS {
        let whole = written(word, &small);
        for _ in 0..300 {
            let mut bytes = whole.clone();
            for _ in 0..3 {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                let at = (state >> 33) as usize % bytes.len();
                bytes[at] = (state >> 20) as u8;
            }
            let _: Result<TriMesh<Lps>, _> = read(&bytes, "part.stl");
        }
    }
}

#[track_caller]
fn check_fault(bytes: &[u8], name: &str, place: Place, text: &str) {
    let error: ReadError = read::<Lps>(bytes, name).unwrap_err();
    assert_eq!(error.place, place, "{error}");
    assert!(error.to_string().contains(text), "{error}");
}

#[test]
fn faults_name_their_place() {
    check_fault(b"", "a.stl", Place::Byte(0), "header");
    check_fault(b"hello", "a.xyz", Place::Byte(0), "hello");
    check_fault(b"v 0 0 0\nv 1 0 0\nf 1 2 3\n", "a.obj", Place::Line(3), "vertex 3 of 2");
    check_fault(b"v 0 0 0\nv 1 zero 0\n", "a.obj", Place::Line(2), "`zero`");
    check_fault(b"v 0 0 1e300\n", "a.obj", Place::Line(1), "coordinate");
    check_fault(b"v 0 0 nan\n", "a.obj", Place::Line(1), "NaN");
    let text = b"solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0\nendloop";
    check_fault(text, "a.stl", Place::Line(6), "endloop");
    let ply = b"ply\nformat ascii 1.0\nelement vertex 4000000000\nproperty float x\n\
        property float y\nproperty float z\nend_header\n0 0 0\n";
    check_fault(ply, "a.ply", Place::Line(8), "4000000000");
    let ply = b"ply\nformat ascii 1.0\nelement vertex many\n";
    check_fault(ply, "a.ply", Place::Line(3), "`many`");
    let mut long = vec![0u8; 84];
    long[80..].copy_from_slice(&1000u32.to_le_bytes());
    check_fault(&long, "a.stl", Place::Byte(80), "1000 triangles");
}

#[test]
fn the_ending_chooses_where_content_does_not() {
    assert_eq!(format_of("a/b.3MF").unwrap().word, "3mf");
    assert!(format_of("b.txt").is_none());
}

fn package(model: &str) -> Vec<u8> {
    let options = zip::write::SimpleFileOptions::default();
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("_rels/.rels", options).unwrap();
    zip.write_all(
        b"<Relationships><Relationship Target=\"/m.model\" Id=\"r\" \
          Type=\"http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel\"/></Relationships>",
    )
    .unwrap();
    zip.start_file("m.model", options).unwrap();
    zip.write_all(model.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

const TETRAHEDRON: &str = "<mesh><vertices><vertex x='0' y='0' z='0'/><vertex x='1' y='0' z='0'/>\
    <vertex x='0' y='1' z='0'/><vertex x='0' y='0' z='1'/></vertices><triangles>\
    <triangle v1='0' v2='2' v3='1'/><triangle v1='0' v2='1' v3='3'/>\
    <triangle v1='1' v2='2' v3='3'/><triangle v1='2' v2='0' v3='3'/></triangles></mesh>";

#[test]
fn units_components_and_transforms_are_honoured() {
    let model = format!(
        "<model unit='inch'><resources><object id='1'>{TETRAHEDRON}</object><object id='2'>\
         <components><component objectid='1'/><component objectid='1' \
         transform='-1 0 0 0 1 0 0 0 1 -1 0 0'/></components></object></resources>\
         <build><item objectid='2' transform='2 0 0 0 2 0 0 0 2 10 0 0'/></build></model>"
    );
    let mesh: TriMesh<Lps> = read(&package(&model), "a").unwrap();
    let mesh = check_watertight(mesh).unwrap();
    assert_eq!(mesh.component_count(), 2);
    let expected = 2.0 * 8.0 / 6.0 * 25.4f64.powi(3);
    assert!((measure::volume_mm3(mesh.mesh()) / expected - 1.0).abs() < 1e-12);
    assert!((mesh.mesh().bounds().min.x - 25.4 * 6.0).abs() < 1e-9);
}

#[track_caller]
fn check_3mf(model: &str, is_expected: fn(&Fault) -> bool) {
    let error = read::<Lps>(&package(model), "a").unwrap_err();
    assert!(is_expected(&error.fault), "{error}");
}

#[test]
fn packages_that_unpack_to_too_much_are_refused() {
    let blank = " ".repeat(40 << 20);
    check_3mf(&format!("<model>{blank}</model>"), |f| matches!(f, Fault::TooMany { .. }));
    let mut nested = format!("<model><resources><object id='1'>{TETRAHEDRON}</object>");
    for id in 2..30 {
        let one = format!("<component objectid='{}'/>", id - 1);
        nested +=
            &format!("<object id='{id}'><components>{}</components></object>", one.repeat(10));
    }
    nested += "</resources><build><item objectid='29'/></build></model>";
    check_3mf(&nested, |f| matches!(f, Fault::TooMany { .. }));
    let ring = "<model><resources><object id='1'><components><component objectid='1'/>\
        </components></object></resources><build><item objectid='1'/></build></model>";
    check_3mf(ring, |f| matches!(f, Fault::TooMany { .. }));
    check_3mf("<model requiredextensions='q' xmlns:q='urn:q'/>", |f| {
        matches!(f, Fault::Unsupported { .. })
    });
    check_3mf("<model unit='ell'/>", |f| matches!(f, Fault::Expected { .. }));
}

#[test]
fn a_lattice_is_written_as_beams() {
    let nodes =
        [[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 2.0, 1.0]].map(Point::<Lps>::from).to_vec();
    let beam = |a, b| Beam { nodes: [a, b], radius_mm: [0.2, 0.25] };
    let mut lattice = BeamLattice { nodes, beams: vec![beam(0, 1), beam(1, 2)] };
    let mut out = Cursor::new(Vec::new());
    model3mf::write_lattice(&lattice, &metadata(), &mut out).unwrap();
    let error = read::<Lps>(&out.into_inner(), "a.3mf").unwrap_err();
    assert!(matches!(error.fault, Fault::Unsupported { .. }), "{error}");
    lattice.beams.push(beam(2, 7));
    assert!(model3mf::write_lattice(&lattice, &metadata(), Cursor::new(Vec::new())).is_err());
}
