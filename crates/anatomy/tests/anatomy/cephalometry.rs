//! Cephalometry of a face whose angles are known by construction.

use ossein_anatomy::cephalometry::{Cephalometry, Points, Side, cephalometry};
use ossein_geom::{Lps, Point, Rigid, Vector};

type P = Point<Lps>;

/// A side view in mm: forward of N, and above it; the face looks to the front, -y.
fn side(forward: f64, up: f64) -> P {
    P::new(0.0, -forward, up)
}

/// At `length` mm from `from` under an angle down from the front, degrees.
fn down(from: P, deg: f64, length: f64) -> P {
    let (s, c) = deg.to_radians().sin_cos();
    P::new(from.x, from.y - c * length, from.z - s * length)
}

/// SNA 82, SNB 80, FMA 25 degrees, gonial angle 125, all sides alike.
fn face() -> Points {
    let mut points = Points::new();
    let s = side(-66.0, 0.0);
    let n = side(0.0, 0.0);
    let mut one = |id, p| points.insert((id, Side::Middle), p);
    one("N", n);
    one("S", s);
    // S lies straight behind N, so that the angle at N is that under the horizontal behind.
    one("A", down(n, 180.0 - 82.0, 55.0));
    one("B", down(n, 180.0 - 80.0, 95.0));
    one("Ba", side(-88.0, -30.0));
    one("ANS", side(2.0, -50.0));
    one("PNS", side(-48.0, -48.0));
    let go = side(-75.0, -70.0);
    one("Me", down(go, 25.0, 70.0));
    let mut two = |id, p: P, x: f64| {
        points.insert((id, Side::Left), P::new(x, p.y, p.z));
        points.insert((id, Side::Right), P::new(-x, p.y, p.z));
    };
    two("Go", go, 48.0);
    // Co lies 125 degrees from Go-Me, up and back.
    two("Co", down(go, -(125.0 - 25.0), 55.0), 55.0);
    two("Po", side(-85.0, -22.0), 58.0);
    two("Or", side(-10.0, -22.0), 32.0);
    two("Zy", side(-30.0, -28.0), 65.0);
    points
}

fn value(found: &Cephalometry, name: &str) -> f64 {
    found.measures.iter().find(|m| m.name == name).unwrap_or_else(|| panic!("{name}")).value
}

#[test]
fn angles_lengths_and_sides_are_those_that_were_drawn_wherever_the_head_lies() {
    let turned = Rigid::about(P::new(3.0, 1.0, -20.0), Vector::new(0.3, -0.2, 0.9), 0.4);
    for motion in [Rigid::<Lps, Lps>::identity(), turned] {
        let points: Points = face().into_iter().map(|(k, p)| (k, motion.apply(p))).collect();
        let (found, findings) = cephalometry(&points, None).unwrap();
        assert_eq!(found.midline.source, "N-S-Ba");
        for (name, is) in [
            ("SNA", 82.0),
            ("SNB", 80.0),
            ("ANB", 2.0),
            ("FMA", 25.0),
            ("gonial angle", 125.0),
            ("cranial base", 66.0),
            ("bizygomatic width", 130.0),
            ("bigonial width", 96.0),
        ] {
            let seen = value(&found, name);
            assert!((seen - is).abs() < 1e-9, "{name}: {seen} against {is}");
        }
        for measure in &found.measures {
            if let Some(norm) = measure.norm {
                assert!(norm.low <= measure.value && measure.value <= norm.high, "{measure:?}");
            }
        }
        assert!(found.pairs.iter().all(|pair| pair.index_mm < 1e-9), "{:?}", found.pairs);
        assert!(findings.is_empty(), "{findings:?}");
    }
}

#[test]
fn a_chin_and_an_angle_that_lie_off_are_told() {
    let mut points = face();
    let menton = points.get_mut(&("Me", Side::Middle)).unwrap();
    *menton = *menton + Vector::new(5.0, 0.0, 0.0);
    let gonion = points.get_mut(&("Go", Side::Right)).unwrap();
    *gonion = *gonion + Vector::new(0.0, 3.0, -4.0);
    let (found, findings) = cephalometry(&points, None).unwrap();
    let own = found.deviations.iter().find(|d| d.id == "Me").unwrap();
    assert!((own.left_mm - 5.0).abs() < 1e-9, "{own:?}");
    let pair = found.pairs.iter().find(|p| p.id == "Go").unwrap();
    assert!((pair.index_mm - 5.0).abs() < 1e-9, "{pair:?}");
    let words: Vec<&str> = findings.iter().map(|f| f.message.as_str()).collect();
    assert!(words.iter().any(|w| w.contains("menton") && w.contains("left")), "{words:?}");
    assert!(words.iter().any(|w| w.contains("gonion")), "{words:?}");
}

#[test]
fn without_a_plane_nothing_is_said() {
    let few: Points = face().into_iter().filter(|((id, _), _)| *id != "N").take(4).collect();
    let told = cephalometry(&few, None).unwrap_err().to_string();
    assert!(told.contains("N, S and Ba"), "{told}");
    let mut line = face();
    line.insert(("Ba", Side::Middle), side(-132.0, 0.0));
    let told = cephalometry(&line, None).unwrap_err().to_string();
    assert!(told.contains("N-S-Ba lie on one line"), "{told}");
    // Pairs alone are enough.
    let pairs: Points = face().into_iter().filter(|((_, s), _)| *s != Side::Middle).collect();
    let (found, _) = cephalometry(&pairs, None).unwrap();
    assert!(found.midline.source == "midpoints of pairs" && found.midline.plane.normal.x > 0.999);
}

/// Exchanged pairs, all of them exchanged, and metres are told; the face as drawn is not doubted.
#[test]
fn landmarks_of_no_face_are_doubted() {
    let codes = |points: &Points| -> Vec<String> {
        let (_, findings) = cephalometry(points, None).unwrap();
        findings.into_iter().map(|finding| finding.code).collect()
    };
    assert_eq!(codes(&face()), Vec::<String>::new());
    let other = |side: Side| match side {
        Side::Left => Side::Right,
        Side::Right => Side::Left,
        middle => middle,
    };
    let swapped = |only: Option<&str>| -> Points {
        let turn = |(id, side): (&'static str, Side)| match only {
            Some(one) if one != id => (id, side),
            _ => (id, other(side)),
        };
        face().into_iter().map(|(key, p)| (turn(key), p)).collect()
    };
    assert_eq!(codes(&swapped(Some("Go"))), ["cephalometry.sides"]);
    assert_eq!(codes(&swapped(None)), ["cephalometry.mirrored"]);
    let metres = |p: P| P::new(1e-3 * p.x, 1e-3 * p.y, 1e-3 * p.z);
    let small: Points = face().into_iter().map(|(key, p)| (key, metres(p))).collect();
    assert!(codes(&small).contains(&"cephalometry.unit".into()));
}
