//! The same elements in CalculiX: displacements and reactions of three small models.
//!
//! CalculiX's C3D8 is the trilinear brick with full integration, ours. Without the program `ccx`
//! the tests are skipped.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use crate::common::{block, to};
use ossein_geom::{Job, Mpa};
use ossein_mechanics::{
    LoadCase, Loads, Model, Motion, Orthotropic, OrthotropicModel, Solution, Voxels, cubic,
    isotropic, solve, solve_motion,
};

/// What CalculiX is told beside the elements.
enum Drive {
    /// The top plate moves, bonded.
    Shift([f64; 3]),
    /// Nodal forces on nodes of the grid.
    Forces(Vec<(u32, [f64; 3])>),
}

/// Corners of a brick in CalculiX's order.
const CORNERS: [[usize; 3]; 8] =
    [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]];

fn deck(shape: &Model, moduli: &impl Voxels, drive: &Drive) -> String {
    let mut text = String::from("*NODE, NSET=ALL\n");
    for n in shape.nodes_where(|_| true) {
        let [x, y, z] = shape.node_mm(n as usize);
        writeln!(text, "{}, {x:.9}, {y:.9}, {z:.9}", n + 1).unwrap();
    }
    let [ni, nj, _] = shape.size;
    let mut materials: Vec<(Orthotropic, Vec<usize>)> = Vec::new();
    for e in (0..shape.element_count()).filter(|&e| moduli.is_solid(e)) {
        let c = moduli.stiffness(e);
        match materials.iter_mut().find(|(known, _)| *known == c) {
            Some((_, elements)) => elements.push(e),
            None => materials.push((c, vec![e])),
        }
    }
    for (m, (c, elements)) in materials.iter().enumerate() {
        writeln!(text, "*ELEMENT, TYPE=C3D8, ELSET=E{m}").unwrap();
        for &e in elements {
            let at = [e % ni, e / ni % nj, e / (ni * nj)];
            let node =
                |corner: &[usize; 3]| shape.node_index([0, 1, 2].map(|a| at[a] + corner[a])) + 1;
            let nodes: Vec<String> = CORNERS.iter().map(|c| node(c).to_string()).collect();
            writeln!(text, "{}, {}", e + 1, nodes.join(", ")).unwrap();
        }
        let [c11, c22, c33, c12, c13, c23, c44, c55, c66] = *c;
        // D1111, D1122, D2222, D1133, D2233, D3333, D1212, D1313, D2323.
        writeln!(
            text,
            "*MATERIAL, NAME=M{m}\n*ELASTIC, TYPE=ORTHO\n\
             {c11:e}, {c12:e}, {c22:e}, {c13:e}, {c23:e}, {c33:e}, {c66:e}, {c55:e},\n{c44:e}\n\
             *SOLID SECTION, ELSET=E{m}, MATERIAL=M{m}"
        )
        .unwrap();
    }
    text += "*NSET, NSET=BOTTOM\n";
    shape.bottom_nodes().iter().for_each(|n| writeln!(text, "{},", n + 1).unwrap());
    text += "*BOUNDARY\nBOTTOM, 1, 3\n*STEP\n*STATIC\n";
    match drive {
        Drive::Shift(shift) => {
            text += "*BOUNDARY\n";
            for n in shape.top_nodes() {
                for (a, s) in shift.iter().enumerate() {
                    writeln!(text, "{}, {}, {}, {s:e}", n + 1, a + 1, a + 1).unwrap();
                }
            }
        }
        Drive::Forces(forces) => {
            text += "*CLOAD\n";
            for (n, force) in forces {
                for (a, f) in force.iter().enumerate() {
                    writeln!(text, "{}, {}, {f:e}", n + 1, a + 1).unwrap();
                }
            }
        }
    }
    text + "*NODE PRINT, NSET=ALL\nU\n*NODE PRINT, NSET=BOTTOM, TOTALS=ONLY\nRF\n*END STEP\n"
}

/// Displacements by node.
type Moved = Vec<(usize, [f64; 3])>;

/// Displacements and the total reaction of the bottom.
fn calculix(name: &str, deck: &str) -> Option<(Moved, [f64; 3])> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("calculix");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{name}.inp")), deck).unwrap();
    let Ok(output) = Command::new("ccx").args(["-i", name]).current_dir(&folder).output() else {
        println!("skipped: no ccx");
        return None;
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let data = std::fs::read_to_string(folder.join(format!("{name}.dat"))).unwrap_or_default();
    let numbers: Vec<Vec<f64>> = data
        .lines()
        .map(|line| line.split_whitespace().filter_map(|w| w.parse().ok()).collect())
        .collect();
    let row = |r: &Vec<f64>| (r.len() == 4).then(|| (r[0] as usize - 1, [r[1], r[2], r[3]]));
    let moved: Moved = numbers.iter().filter_map(row).collect();
    let force = numbers.iter().rfind(|r| r.len() == 3).unwrap_or_else(|| panic!("{said}"));
    Some((moved, [force[0], force[1], force[2]]))
}

#[track_caller]
fn check(name: &str, shape: &Model, moduli: &impl Voxels, drive: &Drive, ours: &Solution) {
    let Some((moved, force)) = calculix(name, &deck(shape, moduli, drive)) else { return };
    assert_eq!(moved.len(), ours.node_count);
    let (mut apart, mut largest) = (0.0f64, 0.0f64);
    for (node, u) in &moved {
        for a in 0..3 {
            apart = apart.max((u[a] - ours.displacement_mm[*node][a]).abs());
            largest = largest.max(u[a].abs());
        }
    }
    let norm = |v: [f64; 3]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
    let left = norm([0, 1, 2].map(|a| force[a] - ours.reaction_force_n[a]));
    let (displacement, reaction) = (apart / largest, left / norm(force));
    println!("{name}: displacements {displacement:.1e}, reactions {reaction:.1e} apart");
    assert!(displacement < 1e-3 && reaction < 1e-3, "{displacement} {reaction}");
}

fn plate(shift: [f64; 3]) -> Motion {
    Motion { name: "plate".into(), translation_mm: shift.map(Some), rotation_rad: [0.0; 3] }
}

/// A cantilever under a force and moments on its end, spread as a linear traction.
#[test]
fn a_cantilever_bends_as_in_calculix() {
    let model = block([4, 5, 16], 0.7, isotropic(Mpa(110_000.0), 0.3));
    let loads = Loads::column(&model);
    let case = LoadCase { name: "end".into(), force_n: [40.0, -15.0, 30.0], moment_nmm: [0.0; 3] };
    let ours = solve(&model, &loads, &case, &to(1e-10), &Job::quiet()).unwrap();
    // A plane face's nodes share a uniform traction by the elements around them.
    let top = model.top_nodes();
    let shares: Vec<f64> =
        top.iter().map(|&n| model.solid_around(model.node(n as usize)) as f64).collect();
    let sum: f64 = shares.iter().sum();
    let force = |w: &f64| case.force_n.map(|f| f * w / sum);
    let forces = top.iter().copied().zip(shares.iter().map(force)).collect();
    check("cantilever", &model, &model, &Drive::Forces(forces), &ours);
}

/// Two materials and voids, pressed and sheared between plates.
#[test]
fn a_porous_block_deforms_as_in_calculix() {
    let n = 14;
    let mut model = block([n; 3], 0.25, isotropic(Mpa(110_000.0), 0.3));
    for (v, c) in model.moduli.iter_mut().enumerate() {
        let at = [v % n, v / n % n, v / (n * n)];
        if (0..3).filter(|&a| (at[a] + 2 * a) % 5 < 2).count() >= 2 {
            *c = [0.0; 3];
        } else if at[2] < 6 {
            *c = isotropic(Mpa(900.0), 0.4);
        }
    }
    let shift = [0.01, -0.02, -0.03];
    let loads = Loads::column(&model);
    let ours = solve_motion(&model, &loads, &plate(shift), &to(1e-10), &Job::quiet()).unwrap();
    check("porous", &model, &model, &Drive::Shift(shift), &ours);
}

/// Layers of orthotropic moduli around a core, sheared.
#[test]
fn an_orthotropic_block_deforms_as_in_calculix() {
    let size = [8, 7, 10];
    let shape = block(size, 0.5, isotropic(Mpa(1.0), 0.3));
    let layer = [300.0f32, 220.0, 180.0, 90.0, 70.0, 50.0, 40.0, 60.0, 80.0];
    let core = cubic([1500.0, 500.0, 700.0]);
    let of = |v: usize| if v / 56 % 3 == 1 { core } else { layer };
    let model = OrthotropicModel { size, voxel_mm: 0.5, moduli: (0..560).map(of).collect() };
    let shift = [0.05, 0.02, -0.03];
    let loads = Loads::column(&shape);
    let ours = solve_motion(&model, &loads, &plate(shift), &to(1e-10), &Job::quiet()).unwrap();
    check("orthotropic", &shape, &model, &Drive::Shift(shift), &ours);
}
