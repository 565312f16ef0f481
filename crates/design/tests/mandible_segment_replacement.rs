//! Jaw segments: in a jaw made in code, and in one of a label map.

use std::path::PathBuf;
use std::sync::OnceLock;

use ossein_anatomy::JawLabels;
use ossein_design::kinds::mandible_segment_replacement::{
    CHOICES, CutPlane, Design, Inputs, Plan, Resection, design, plan,
};
use ossein_geom::{Choices, Found, Job, Lps, Point, TriMesh, Value, Volume};
use ossein_mesh::{check_watertight, extract};
use ossein_scan::image::read_image;

fn cmf() -> Option<&'static Volume<u16>> {
    static LABELS: OnceLock<Option<Volume<u16>>> = OnceLock::new();
    LABELS
        .get_or_init(|| {
            let root = std::env::var_os("OSSEIN_DATA").map(PathBuf::from).unwrap_or_else(|| {
                PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"))
            });
            let name = "PostDentalSurgery_Segmentation.nii.gz";
            let Ok(bytes) = std::fs::read(root.join("cmf-labels").join(name)) else {
                println!("skipped: no cmf-labels in the test data");
                return None;
            };
            Some(read_image(name, &bytes, 2_000_000_000).unwrap().to_labels().unwrap())
        })
        .as_ref()
}

fn labels(volume: &Volume<u16>) -> JawLabels<'_> {
    JawLabels { volume, mandible: 2, teeth: Some(4), canal: Some(5) }
}

fn chosen(values: &[(&str, Value)]) -> Choices {
    let mut choices = Choices::defaults(CHOICES);
    for (name, value) in values {
        choices.choose(name, value.clone());
    }
    choices
}

fn surface(design: &Design, plan: &Plan) -> TriMesh<Lps> {
    let part = design.part();
    let mesh = extract(&*part.solid, &part.solid.samples(), &Job::quiet()).unwrap();
    let mesh = check_watertight(mesh).unwrap();
    assert_eq!(mesh.component_count(), 1);
    mesh.into_mesh().placed(&plan.placement.inverse())
}

#[test]
fn try_it() {
    let Some(volume) = cmf() else { return };
    let labels = labels(volume);
    let at = |key: &str, d: f64| {
        std::env::var(key).ok().and_then(|v| v.parse().ok()).unwrap_or(d)
    };
    let resection = Resection::Along { from_mm: at("FROM", 20.0), to_mm: at("TO", 60.0) };
    let mut values = Vec::new();
    if let Ok(word) = std::env::var("CONTOUR") {
        values.push(("plan.contour", Value::Word(word)));
    }
    if let Ok(word) = std::env::var("CELL") {
        values.push(("lattice.cell", Value::Word(word)));
    }
    let choices = chosen(&values);
    let t = std::time::Instant::now();
    let found = plan(&labels, &resection, &choices, &Job::quiet()).unwrap();
    println!("plan {:?} {:?}", t.elapsed(), found.findings);
    let plan = found.value;
    println!("removed {} along {:?} {:?} {:?}", plan.removed_mm3, plan.along_mm, plan.contour.source, plan.contour.deformed_mm);
    println!("ends {:?} trials {:?} tris {}", plan.jaw.arch.ends_mm(), plan.contour.trials, plan.contour.triangles.len());
    let t = std::time::Instant::now();
    let inputs = Inputs { plan: &plan, labels };
    let made = match design(&inputs, &choices, at("STEP", 0.3), &Job::quiet()) {
        Ok(made) => made,
        Err(e) => panic!("{e}"),
    };
    println!("design {:?} {:#?}", t.elapsed(), made.findings);
    let mut report = made.value.report.clone();
    report.screws.clear();
    println!("{report:#?}");
    for s in &made.value.report.screws { println!("{} cut {:.1} bone {:.1} len {} bi {} root {:.1?} canal {:.1?} tilt {:.0}", s.id, s.from_cut_mm, s.bone_mm, s.length_mm, s.bicortical, s.root_mm, s.canal_mm, s.tilt_deg); }
    let t = std::time::Instant::now();
    let mesh = surface(&made.value, &plan);
    println!("mesh {:?} {}", t.elapsed(), mesh.triangles.len());
    if let Ok(path) = std::env::var("STL") {
        let mut bytes = Vec::new();
        ossein_mesh::stl::write(&mesh, "jaw", &mut bytes).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}
