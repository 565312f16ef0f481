//! The dossier's pictures, each made from the case's own figures.

use ossein_anatomy::Anatomy;
use ossein_design::Plan;
use ossein_design::kinds::vertebral_body_replacement::{Design, GapMap};
use ossein_field::Field;
use ossein_geom::{Aabb, Cancelled, Implant, Job, Lps, Point, Rigid, TriMesh, Vector, Volume};
use ossein_picture::color::{BONE, KEEP_OUT, Rgb, TITANIUM};
use ossein_picture::{
    Camera, Chart, ColorMap, HeightMap, Item, Legend, Note, Overlay, Plane, Projection, Scene,
    Series, SliceView, Style, View, chart, height_map, label_color, render, slice,
};
use serde_json::{Value, json};

use super::super::document::{Pictures, put};
use super::maps;

/// Colour of the implant's outline on slices.
const OUTLINE: Rgb = [64, 220, 255];
/// Colour of resected bone in three dimensions.
const RESECTED: Rgb = [222, 120, 110];

/// What stands beneath pictures whose names do not say enough.
pub fn captions() -> Value {
    let growth = "Bone in all pores over time. Quick: twice as fast, no lower limit of strain. \
                  Slow: half as fast, no bone below the window of strain";
    let mut all = maps::captions();
    all["ingrowth/ingrowth.png"] = json!(growth);
    all
}

/// Scan and labels in three planes through the middle of the defect.
pub fn segmentation(
    pictures: &mut Pictures,
    hu: &Volume<i16>,
    labels: &Volume<u16>,
    anatomy: &Anatomy,
) {
    let Some(middle) = anatomy.vertebrae.get(anatomy.vertebrae.len() / 2) else { return };
    let center = middle.centroid;
    let views = [
        ("axial", SliceView::axial(center, [760, 620], 0.18)),
        ("coronal", SliceView::coronal(center, [760, 820], 0.18)),
        ("sagittal", SliceView::sagittal(center, [760, 820], 0.18)),
    ];
    for (name, mut view) in views {
        view.label_fill = 0.25;
        view.label_outline = 0.9;
        let title = format!("{name} plane through {}", middle.level);
        view.caption = vec![title];
        put(pictures, &format!("segmentation/{name}.png"), slice(hu, Some(labels), &view));
    }
}

/// The bones' surfaces in three dimensions, one colour a level.
///
/// # Errors
/// [`Cancelled`] if the job was stopped.
pub fn bones(
    pictures: &mut Pictures,
    surfaces: &[(String, u16, TriMesh<Lps>)],
    job: &Job,
) -> Result<(), Cancelled> {
    let items: Vec<Item<Lps>> =
        surfaces.iter().map(|(_, label, mesh)| Item::plain(mesh, label_color(*label))).collect();
    let names = surfaces.iter().map(|(name, label, _)| (name.clone(), label_color(*label)));
    let names: Vec<(String, Rgb)> = names.collect();
    for (name, view) in [("3d_front", View::Anterior), ("3d_left", View::Left)] {
        let mut scene = Scene::new(items.clone(), view, [760, 900]);
        scene.legend = Some(Legend::Names(names.clone()));
        put(pictures, &format!("segmentation/{name}.png"), render(&scene, job)?);
    }
    Ok(())
}

/// What the plan shows: the vertebrae, what is resected, and the defect's axis.
///
/// # Errors
/// [`Cancelled`] if the job was stopped.
pub fn plan(
    pictures: &mut Pictures,
    surfaces: &[(String, u16, TriMesh<Lps>)],
    plan: &Plan,
    implant: &TriMesh<Lps>,
    job: &Job,
) -> Result<(), Cancelled> {
    let resected = |label: u16| plan.resect.iter().any(|l| l.verse() == label);
    let items: Vec<Item<Lps>> = surfaces
        .iter()
        .map(|(_, label, mesh)| {
            let color = if resected(*label) { RESECTED } else { BONE };
            let alpha = if resected(*label) { 0.45 } else { 1.0 };
            Item { alpha, ..Item::plain(mesh, color) }
        })
        .collect();
    let axis = Note::Path {
        points: vec![plan.lower_endplate.center, plan.upper_endplate.center],
        color: [30, 60, 160],
        width_px: 3.0,
    };
    let mut scene = Scene::new(items, View::Left, [760, 900]);
    scene.notes = vec![axis];
    scene.caption = vec![format!(
        "{} to {} resected (red), defect {:.1} mm",
        plan.resect[0],
        plan.resect[plan.resect.len() - 1],
        plan.defect_height_mm
    )];
    put(pictures, "plan/resection.png", render(&scene, job)?);

    let mut items: Vec<Item<Lps>> = surfaces
        .iter()
        .filter(|(_, label, _)| !resected(*label))
        .map(|(_, _, mesh)| Item::plain(mesh, BONE))
        .collect();
    items.push(Item::plain(implant, TITANIUM));
    for (name, view) in [("in_place_left", View::Left), ("in_place_front", View::Anterior)] {
        let mut scene = Scene::new(items.clone(), view, [760, 900]);
        scene.caption = vec!["the implant between the two vertebrae that stay".into()];
        put(pictures, &format!("plan/{name}.png"), render(&scene, job)?);
    }
    let mut scene = Scene::new(items, View::Oblique, [1400, 1100]);
    scene.caption.clear();
    put(pictures, "summary/case.png", render(&scene, job)?);
    Ok(())
}

/// The implant on the scan, in the sagittal and coronal plane of its own axis.
pub fn implant_on_scan(pictures: &mut Pictures, hu: &Volume<i16>, plan: &Plan, design: &Design) {
    let placement = &plan.placement;
    let hull = |p: Point<Lps>| design.shapes.hull.distance(placement.apply(p));
    let back: Rigid<Implant, Lps> = placement.inverse();
    let middle = back.apply(Point::new(0.0, 0.0, 0.5 * plan.defect_height_mm));
    let turn = |x: f64, y: f64, z: f64| back.turn(Vector::new(x, y, z));
    let views = [
        ("scan_sagittal", turn(0.0, 1.0, 0.0), "sagittal plane of the implant"),
        ("scan_coronal", turn(1.0, 0.0, 0.0), "coronal plane of the implant"),
    ];
    for (name, right, title) in views {
        let down = turn(0.0, 0.0, -1.0);
        let mut view = SliceView::oblique(middle, right, down, [700, 900], 0.15);
        view.overlays = vec![Overlay::Field { field: &hull, color: OUTLINE }];
        view.caption = vec![title.into()];
        put(pictures, &format!("implant/{name}.png"), slice(hu, None, &view));
    }
}

/// The implant: drawing with dimensions, oblique views, a section.
///
/// # Errors
/// [`Cancelled`] if the job was stopped.
pub fn implant(
    pictures: &mut Pictures,
    mesh: &TriMesh<Implant>,
    design: &Design,
    job: &Job,
) -> Result<(), Cancelled> {
    let bounds = mesh.bounds();
    let views = [
        ("drawing_front", View::Anterior),
        ("drawing_left", View::Left),
        ("drawing_top", View::Cranial),
    ];
    for (name, view) in views {
        let mut scene = Scene::new(vec![Item::plain(mesh, TITANIUM)], view, [760, 900]);
        let bounds = bounds.grow(8.0);
        scene.camera = Camera::seeing(bounds, view, scene.size, Projection::Orthographic);
        scene.notes = dimensions(view, mesh.bounds());
        put(pictures, &format!("implant/{name}.png"), render(&scene, job)?);
    }
    for (name, view) in [("oblique", View::Oblique), ("oblique_back", View::ObliquePosterior)] {
        let scene = Scene::new(vec![Item::plain(mesh, TITANIUM)], view, [760, 900]);
        put(pictures, &format!("implant/{name}.png"), render(&scene, job)?);
    }
    let mut scene = Scene::new(vec![Item::plain(mesh, TITANIUM)], View::Left, [760, 900]);
    let point = bounds.center();
    scene.section = Some(Plane { point, normal: Vector::new(1.0, 0.0, 0.0) });
    scene.caption = vec!["section in the middle: columns, rim, lattice, window, boss".into()];
    put(pictures, "implant/section.png", render(&scene, job)?);
    screws(pictures, mesh, design, job)
}

fn dimensions(view: View, bounds: Aabb<Implant>) -> Vec<Note<Implant>> {
    let (a, b) = (bounds.min, bounds.max);
    let corner = |x: f64, y: f64, z: f64| Point::<Implant>::new(x, y, z);
    let dimension = |from: Point<Implant>, to: Point<Implant>, shift: Vector<Implant>| {
        Note::Dimension { from, to, shift, text: format!("{:.1}", from.distance(to)) }
    };
    match view {
        View::Anterior => vec![
            dimension(corner(a.x, a.y, a.z), corner(b.x, a.y, a.z), Vector::new(0.0, 0.0, -4.0)),
            dimension(corner(a.x, a.y, a.z), corner(a.x, a.y, b.z), Vector::new(-4.0, 0.0, 0.0)),
        ],
        View::Left => vec![
            dimension(corner(b.x, a.y, a.z), corner(b.x, b.y, a.z), Vector::new(0.0, 0.0, -4.0)),
            dimension(corner(b.x, a.y, a.z), corner(b.x, a.y, b.z), Vector::new(0.0, -4.0, 0.0)),
        ],
        _ => vec![
            dimension(corner(a.x, b.y, b.z), corner(b.x, b.y, b.z), Vector::new(0.0, 4.0, 0.0)),
            dimension(corner(b.x, a.y, b.z), corner(b.x, b.y, b.z), Vector::new(4.0, 0.0, 0.0)),
        ],
    }
}

fn screws(
    pictures: &mut Pictures,
    mesh: &TriMesh<Implant>,
    design: &Design,
    job: &Job,
) -> Result<(), Cancelled> {
    if design.report.screws.is_empty() {
        return Ok(());
    }
    let mut bounds = mesh.bounds();
    let mut notes = Vec::new();
    for screw in &design.report.screws {
        bounds = bounds.with(screw.tip);
        let points = vec![screw.head, screw.tip];
        notes.push(Note::Path { points, color: [30, 60, 160], width_px: 4.0 });
        notes.push(Note::Label { at: screw.tip, text: screw.id.clone() });
    }
    for (name, view) in [("front", View::Anterior), ("left", View::Left)] {
        let mut scene = Scene::new(vec![Item::plain(mesh, TITANIUM)], view, [760, 900]);
        scene.camera = Camera::seeing(bounds.grow(3.0), view, scene.size, Projection::Orthographic);
        scene.notes = notes.clone();
        put(pictures, &format!("screws/{name}.png"), render(&scene, job)?);
    }
    Ok(())
}

/// The gap under both endplates.
pub fn contact(pictures: &mut Pictures, gaps: &[GapMap; 2]) {
    for (name, gap) in ["cranial", "caudal"].into_iter().zip(gaps) {
        let map = HeightMap {
            width: gap.size[0],
            height: gap.size[1],
            values: gap.gap_mm.clone(),
            spacing_mm: gap.step_mm,
            map: ColorMap::Amount,
            range: [0.0, 1.0],
            title: "gap, mm".into(),
            caption: vec![format!("{name} end, seen from above; holes carry no metal")],
            letters: ["R", "L", "A", "P"].map(String::from),
            level: Some(0.5),
            picture_width: 900,
        };
        put(pictures, &format!("contact/{name}.png"), height_map(&map));
    }
}

/// Bone in the core over time.
pub fn ingrowth(pictures: &mut Pictures, weeks: &[f64], [low, middle, high]: [&[f64]; 3]) {
    let series = |name: &str, rows: &[f64], color: Rgb| Series {
        name: name.into(),
        points: weeks.iter().zip(rows).map(|(&week, &part)| [week, 100.0 * part]).collect(),
        color,
        style: Style::Line,
    };
    let curves = Chart {
        title: "pores filled with bone: an estimate".into(),
        x_label: "weeks".into(),
        y_label: "%".into(),
        series: vec![
            series("quick", high, [150, 190, 225]),
            series("middle", middle, [28, 86, 145]),
            series("slow", low, [222, 140, 84]),
        ],
        limits: Vec::new(),
        from_zero: true,
        size: [640, 640],
    };
    put(pictures, "ingrowth/ingrowth.png", chart(&curves));
}

/// Canal and implant from above: how much room the cord keeps.
pub fn clearance(pictures: &mut Pictures, hu: &Volume<i16>, plan: &Plan, design: &Design) {
    let placement = &plan.placement;
    let back = placement.inverse();
    let hull = |p: Point<Lps>| design.shapes.hull.distance(placement.apply(p));
    let solid = plan.canal.solid();
    let canal = |p: Point<Lps>| solid.distance_mm(p);
    let middle = back.apply(Point::new(0.0, 6.0, 0.5 * plan.defect_height_mm));
    let turn = |x: f64, y: f64, z: f64| back.turn(Vector::new(x, y, z));
    let (right, down) = (turn(1.0, 0.0, 0.0), turn(0.0, 1.0, 0.0));
    let mut view = SliceView::oblique(middle, right, down, [760, 620], 0.12);
    view.overlays = vec![
        Overlay::Field { field: &hull, color: OUTLINE },
        Overlay::Field { field: &canal, color: KEEP_OUT },
    ];
    view.caption = vec!["implant (blue) and canal (yellow) at half height".into()];
    put(pictures, "contact/canal.png", slice(hu, None, &view));
}
