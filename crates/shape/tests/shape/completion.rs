//! Anatomy completed: a vault with holes whose form is known, and a jaw with a gap.

use crate::common;
use crate::common::{P, V, mesh};
use ossein_field::Field;
use ossein_geom::{Aabb, Job, Lps, TriMesh};
use ossein_mesh::check_watertight;
use ossein_mesh::measure::volume_mm3;
use ossein_shape::completion::segment::parted;
use ossein_shape::completion::vault::mirror_is_nearer;
use ossein_shape::completion::{
    ClosedVault, CompletionError, Method, SegmentError, SegmentOptions, Source, Table, Vault,
    VaultOptions, cavity_middle, complete_segment, openings,
};
use ossein_shape::{MeshSurface, Plane, Surface};

/// Half axes of the outer table, mm; the inner one is nearer by the thickness.
const AXES: [f64; 3] = [72.0, 88.0, 70.0];
const THICK_MM: f64 = 6.0;
const MIDPLANE: Plane<Lps> = Plane { point: P::new(0.0, 0.0, 0.0), normal: V::new(1.0, 0.0, 0.0) };

/// A hollow egg, flat at the base, and cylinders that are cut out of it about rays from its middle.
struct Head {
    holes: Vec<(V, f64)>,
}

/// Distance from the egg's surface, small errors aside: exact at the surface.
fn egg(p: P, smaller_mm: f64) -> f64 {
    let axes = AXES.map(|a| a - smaller_mm);
    let q = V::new(p.x / axes[0], p.y / axes[1], p.z / axes[2]);
    let slope = V::new(q.x / axes[0], q.y / axes[1], q.z / axes[2]).norm();
    let norm = q.norm();
    if norm == 0.0 { -axes[2] } else { (norm - 1.0) * norm / slope }
}

impl Field<Lps> for Head {
    fn distance(&self, p: P) -> f64 {
        let mut solid = egg(p, 0.0).max(-egg(p, THICK_MM));
        for (axis, radius_mm) in &self.holes {
            let (axis, from) = (axis.unit(), p - P::ORIGIN);
            let along = from.dot(axis);
            let aside = (from - axis * along).norm();
            let cut = (aside - radius_mm).max(20.0 - along);
            solid = solid.max(-cut);
        }
        0.7 * solid
    }
    fn bounds(&self) -> Aabb<Lps> {
        Aabb::new(P::new(-74.0, -90.0, -72.0), P::new(74.0, 90.0, 72.0))
    }
}

fn head(holes: &[(V, f64)]) -> TriMesh<Lps> {
    mesh(&Head { holes: holes.to_vec() }, 2.0)
}

const SIDE: V = V::new(0.8, 0.2, 0.6);
const OTHER: V = V::new(-0.8, 0.2, 0.6);
const TOP: V = V::new(0.05, 0.1, 1.0);

fn options() -> VaultOptions {
    VaultOptions { trial_count_max: 1, ..VaultOptions::default() }
}

/// The greatest distance of the rebuilt tables from the egg, mm.
fn miss_mm(closed: &ClosedVault<Lps>) -> f64 {
    let tables = [(Table::Inner, THICK_MM), (Table::Outer, 0.0)];
    let miss = |(table, smaller)| {
        let patch = closed.patch(table, 0.0);
        patch.vertices.iter().map(|&p| egg(p, smaller).abs()).fold(0.0, f64::max)
    };
    tables.into_iter().map(miss).fold(0.0, f64::max)
}

#[test]
fn a_hole_in_the_side_is_closed_by_both_methods() {
    let bone = head(&[(SIDE, 25.0)]);
    let surface = MeshSurface::new(&bone);
    let (middle, _) = cavity_middle(&surface).unwrap();
    assert!(middle.distance(P::ORIGIN) < 12.0, "{middle:?}");
    let seen = openings(&surface, middle, 200.0);
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen[0].vault_rim > 0.8 && (seen[0].area_mm2 / 1963.0 - 1.0).abs() < 0.3, "{seen:?}");
    let vault = Vault::new(&surface, middle, seen[0].towards, options()).unwrap();
    let mirrored = vault.by_mirror(&MIDPLANE, &Job::quiet()).unwrap();
    assert_eq!(mirrored.method, Method::Mirror);
    assert!(miss_mm(&mirrored) < 0.25, "mirror: {}", miss_mm(&mirrored));
    let splined = vault.by_thin_plate(&Job::quiet()).unwrap();
    assert!(miss_mm(&splined) < 0.4, "thin plate: {}", miss_mm(&splined));
    let trials = splined.trials.unwrap();
    assert!(trials.count == 1 && trials.rms_mm < 0.4, "{trials:?}");
}

/// The egg is symmetric, and its curve tells a spline nothing of a boss on either side: the bone
/// around the hole must favour the mirror image. Where the other side alone has one, it must favour
/// the spline.
#[test]
fn the_bone_around_a_hole_tells_which_method_is_nearer() {
    let rings = |field: &dyn Field<Lps>| {
        let bone = mesh(field, 2.0);
        let surface = MeshSurface::new(&bone);
        let options = VaultOptions { trial_count_max: 0, ..VaultOptions::default() };
        let vault = Vault::new(&surface, P::ORIGIN, SIDE, options).unwrap();
        let mirrored = vault.by_mirror(&MIDPLANE, &Job::quiet()).unwrap();
        let splined = vault.by_thin_plate(&Job::quiet()).unwrap();
        (mirrored.ring_mm.unwrap(), splined.ring_mm.unwrap())
    };
    let hole = || Head { holes: vec![(SIDE, 20.0)] };
    let (mirror, spline) = rings(&Bossed { head: hole(), sides: &[SIDE, OTHER] });
    assert!(mirror < 0.6 * spline && mirror_is_nearer(Some(mirror), Some(spline)));
    let (mirror, spline) = rings(&Bossed { head: hole(), sides: &[OTHER] });
    assert!(spline < 0.6 * mirror && !mirror_is_nearer(Some(mirror), Some(spline)));
    assert!(!mirror_is_nearer(None, Some(1.0)) && !mirror_is_nearer(Some(1.0), None));
}

/// A head with a boss of 4 mm about each of some rays.
struct Bossed<'a> {
    head: Head,
    sides: &'a [V],
}

impl Field<Lps> for Bossed<'_> {
    fn distance(&self, p: P) -> f64 {
        let from = p - P::ORIGIN;
        let out = |side: &V| {
            let angle = (from.unit().dot(side.unit())).clamp(-1.0, 1.0).acos();
            4.0 * (-0.5 * (angle / 0.3).powi(2)).exp()
        };
        let boss: f64 = self.sides.iter().map(out).sum();
        0.8 * self.head.distance(p - from.unit() * boss)
    }
    fn bounds(&self) -> Aabb<Lps> {
        let Aabb { min, max, .. } = self.head.bounds();
        let room = V::new(4.0, 4.0, 4.0);
        Aabb::new(min - room, max + room)
    }
}

#[test]
fn what_was_missing_comes_back_as_a_closed_surface_and_as_a_solid() {
    let bone = head(&[(SIDE, 20.0)]);
    let surface = MeshSurface::new(&bone);
    let vault = Vault::new(&surface, P::ORIGIN, SIDE, options()).unwrap();
    let closed = vault.by_thin_plate(&Job::quiet()).unwrap();
    let piece = closed.piece_mesh();
    let volume = volume_mm3(&piece);
    check_watertight(piece).unwrap();
    // A disc of 20 mm radius and 6 mm height, the wall of the cut not being straight to the ray.
    let disc = std::f64::consts::PI * 400.0 * THICK_MM;
    assert!((volume / disc - 1.0).abs() < 0.2, "{volume} of {disc}");
    let solid = mesh(&closed.piece(0.0), 1.0);
    assert!((volume_mm3(&solid) / volume - 1.0).abs() < 0.05, "{} {volume}", volume_mm3(&solid));
    // Never farther than the surface is.
    let near = MeshSurface::new(&solid);
    for n in 0..400 {
        let at = |k: f64| 60.0 * ((f64::from(n) + 1.0) * k).fract() - 30.0;
        let p = P::ORIGIN + SIDE.unit() * 74.0 + V::new(at(0.819), at(0.671), at(0.5497));
        let told = closed.piece(0.0).distance(p).abs();
        let true_mm = near.nearest(p, 200.0).unwrap().point.distance(p);
        assert!(told <= true_mm + 0.6, "{p:?}: {told} told, {true_mm} away");
    }
    let grown = mesh(&closed.piece(3.0), 1.0);
    assert!(volume_mm3(&grown) > 1.25 * volume, "{}", volume_mm3(&grown));
}

#[test]
fn what_no_mirror_can_give_is_refused_with_the_reason() {
    let refused = |holes: &[(V, f64)], towards: V| {
        let bone = head(holes);
        let surface = MeshSurface::new(&bone);
        let vault = Vault::new(&surface, P::ORIGIN, towards, options()).unwrap();
        assert!(miss_mm(&vault.by_thin_plate(&Job::quiet()).unwrap()) < 0.8);
        vault.by_mirror(&MIDPLANE, &Job::quiet()).unwrap_err()
    };
    let midline = refused(&[(TOP, 25.0)], TOP);
    assert!(matches!(midline, CompletionError::Midline { share } if share > 0.5), "{midline}");
    let both = refused(&[(SIDE, 20.0), (OTHER, 20.0)], SIDE);
    assert!(matches!(both, CompletionError::BothSides { share } if share > 0.9), "{both}");
}

#[test]
fn what_is_no_hole_is_refused() {
    let bone = head(&[(SIDE, 20.0)]);
    let surface = MeshSurface::new(&bone);
    let vault = |towards, options| Vault::new(&surface, P::ORIGIN, towards, options).err();
    assert_eq!(vault(OTHER, options()), Some(CompletionError::NoHole));
    let none = VaultOptions { step_mm: f64::NAN, ..options() };
    assert!(matches!(vault(SIDE, none), Some(CompletionError::Length { .. })));
    let bowl = common::part(&bone, |p| p.z < 10.0);
    let surface = MeshSurface::new(&bowl);
    let open = Vault::new(&surface, P::ORIGIN, V::new(0.0, 0.0, 1.0), options()).err();
    assert!(matches!(open, Some(CompletionError::Open { .. })), "{open:?}");
}

/// A jaw: a bent tube, thicker to its ends, symmetric in x = 0.
struct Jaw {
    larger: f64,
}

impl Field<Lps> for Jaw {
    fn distance(&self, p: P) -> f64 {
        let p = P::new(p.x / self.larger, p.y / self.larger, p.z / self.larger);
        let (front, back) = (p.y < 0.0, 40.0);
        let arm = V::new(p.x.abs() - 30.0, (p.y - back).max(0.0), 0.4 * p.y.max(0.0) - p.z);
        let bow = V::new((p.x * p.x + p.y * p.y).sqrt() - 30.0, 0.0, -p.z);
        let v = if front { bow } else { arm };
        let flat = (v.x * v.x + v.y * v.y + 0.4 * v.z * v.z).sqrt();
        let knob = p.distance(P::new(0.0, -36.0, -6.0)) - 7.0;
        let tip = P::new(p.x.abs(), p.y, p.z).distance(P::new(30.0, 40.0, 22.0)) - 9.0;
        0.6 * self.larger * (flat - 6.0).min(knob).min(tip)
    }
    fn bounds(&self) -> Aabb<Lps> {
        let at = |x, y, z| P::ORIGIN + V::new(x, y, z) * self.larger;
        Aabb::new(at(-46.0, -46.0, -16.0), at(46.0, 56.0, 36.0))
    }
}

#[test]
fn a_segment_comes_from_the_other_side_or_from_another_jaw() {
    let whole = mesh(&Jaw { larger: 1.0 }, 1.0);
    let other = mesh(&Jaw { larger: 1.08 }, 1.0);
    let check = |center: P, source: Source<'_, Lps>| {
        let region = move |p: P| p.distance(center) - 14.0;
        let (rest, taken) = parted(&whole, &region);
        let options = SegmentOptions { trial_count_max: 1, ..SegmentOptions::default() };
        let left = MeshSurface::new(&rest);
        let made = complete_segment(&left, &region, source, &options, &Job::quiet())?;
        let template = MeshSurface::new(&made.template);
        let corners = taken.triangles.iter().map(|t| taken.vertices[t[0] as usize]);
        let miss = corners.map(|p| template.nearest(p, 50.0).unwrap().point.distance(p));
        Ok::<_, SegmentError>((miss.fold(0.0, f64::max), made))
    };
    let body = P::new(30.0, 15.0, 6.0);
    let (miss, made) = check(body, Source::Mirror(&MIDPLANE)).unwrap();
    assert!(miss < 0.3 && made.method == Method::Mirror, "mirror: {miss}");
    let chin = P::new(0.0, -30.0, 0.0);
    let refused = check(chin, Source::Mirror(&MIDPLANE)).err();
    assert_eq!(refused, Some(SegmentError::Midline));
    let (miss, made) = check(chin, Source::Template(&other)).unwrap();
    assert!(miss < 1.0 && made.method == Method::ThinPlate, "template: {miss}");
    let nowhere = check(P::new(0.0, 0.0, 500.0), Source::Mirror(&MIDPLANE)).err();
    assert!(matches!(nowhere, Some(SegmentError::NoCollar { found: 0, .. })), "{nowhere:?}");
}

/// A segment is taken out between planes and within a ball, so that the other side stays. Where the
/// ball ends in the air a hair's breadth before the other side, no bone is missing there.
#[test]
fn whole_bone_beside_the_region_is_no_rim_of_the_gap() {
    let whole = mesh(&Jaw { larger: 1.0 }, 1.0);
    let center = P::new(30.0, 5.0, 2.0);
    let slab = |p: P| (p.y - center.y).abs() - 12.0;
    let other = whole.vertices.iter().filter(|p| p.x < 0.0 && slab(**p) < 0.0);
    let ball_mm = other.map(|p| p.distance(center)).fold(f64::INFINITY, f64::min) - 0.5;
    let region = |p: P| slab(p).max(p.distance(center) - ball_mm);
    let (rest, taken) = parted(&whole, &region);
    let corners = || taken.triangles.iter().map(|t| taken.vertices[t[0] as usize]);
    assert!(corners().all(|p| p.x > 0.0), "the other side stays");
    let options = SegmentOptions { trial_count_max: 0, ..SegmentOptions::default() };
    let left = MeshSurface::new(&rest);
    let source = Source::Mirror(&MIDPLANE);
    let made = complete_segment(&left, &region, source, &options, &Job::quiet()).unwrap();
    let template = MeshSurface::new(&made.template);
    let miss = corners().map(|p| template.nearest(p, 50.0).unwrap().point.distance(p));
    let miss = miss.fold(0.0, f64::max);
    assert!(miss < 0.3, "{miss} mm");
}
