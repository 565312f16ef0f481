//! Clenches of one side, estimated on a jaw: in balance, mirrored, and as jaws were seen to do it.

use ossein_mechanics::loads::{
    BalanceError, BalancedClench, Cases, MUSCLE_COUNT, MUSCLE_NAMES, Places, RegionCase, load_set,
};

/// Places on the left of a jaw as symmetric as the mean of its sides, mm from between the condyles.
const LEFT: [(&str, [f64; 3]); 13] = [
    ("condyle", [44.0, 0.0, 0.0]),
    ("canine", [13.0, -76.0, -30.0]),
    ("premolar", [20.0, -65.0, -30.0]),
    ("molar", [26.0, -50.0, -30.0]),
    ("superficial_masseter", [48.0, -23.0, -37.0]),
    ("deep_masseter", [50.0, -14.0, -20.0]),
    ("medial_pterygoid", [36.0, -32.0, -41.0]),
    ("anterior_temporalis", [43.0, -38.0, -4.0]),
    ("middle_temporalis", [47.0, -33.0, 9.0]),
    ("posterior_temporalis", [46.0, -30.0, -2.0]),
    ("inferior_lateral_pterygoid", [42.0, -5.0, -9.0]),
    ("superior_lateral_pterygoid", [44.0, -5.0, -5.0]),
    ("digastric", [8.0, -79.0, -62.0]),
];

/// Both sides.
fn places() -> Places {
    let both = |(name, [x, y, z]): (&str, [f64; 3])| {
        [(format!("{name}_left"), [x, y, z]), (format!("{name}_right"), [-x, y, z])]
    };
    LEFT.into_iter().flat_map(both).collect()
}

/// The same jaw seen in a mirror.
fn mirrored(places: &Places) -> Places {
    let other = |name: &str| match name.strip_suffix("_left") {
        Some(name) => format!("{name}_right"),
        None => name.replace("_right", "_left"),
    };
    places.iter().map(|(name, [x, y, z])| (other(name), [-x, *y, *z])).collect()
}

/// Right and left clench on the molars of these places.
fn clenches(places: &Places) -> Vec<Result<BalancedClench, BalanceError>> {
    of_set("mandible_unilateral", places)
}

/// Right and left clench of a set.
fn of_set(id: &str, places: &Places) -> Vec<Result<BalancedClench, BalanceError>> {
    match load_set(id).expect("listed").cases {
        Cases::Placed(cases) => (cases.at)(places),
        Cases::Fixed(_) => panic!("made for a jaw"),
    }
}

/// Forces and moments of muscles, joints and tooth together.
fn left_over(places: &Places, clench: &BalancedClench) -> [f64; 6] {
    let case = clench.case();
    let muscles = case.actions.iter().filter(|a| !clench.clench.teeth.contains(&a.region));
    let pulls = muscles.map(|a| (places[&a.region], a.force_n));
    let joints = ["condyle_right", "condyle_left"].map(|name| places[name]);
    let teeth = &clench.clench.teeth;
    let share = [0.0, 0.0, -clench.bite_n / teeth.len() as f64];
    let teeth = teeth.iter().map(|tooth| (places[tooth], share));
    let mut sum = [0.0; 6];
    for (at, f) in pulls.chain(joints.into_iter().zip(clench.condyles_n)).chain(teeth) {
        for a in 0..3 {
            let (b, c) = ((a + 1) % 3, (a + 2) % 3);
            sum[a] += f[a];
            sum[3 + a] += at[b] * f[c] - at[c] * f[b];
        }
    }
    sum
}

#[test]
fn forces_and_moments_cancel_and_joints_only_push() {
    let mut jaws = vec![places()];
    // A jaw that no mirror maps onto itself.
    let shift = |n: usize, [x, y, z]: [f64; 3]| [x + (n % 3) as f64, y - (n % 4) as f64, z];
    jaws.push(places().into_iter().enumerate().map(|(n, (k, p))| (k, shift(n, p))).collect());
    for jaw in jaws {
        for clench in clenches(&jaw).into_iter().chain(of_set("mandible_group", &jaw)) {
            let clench = clench.unwrap();
            let sum = left_over(&jaw, &clench);
            assert!(sum[..3].iter().all(|f| f.abs() < 1e-2), "N: {sum:?}");
            assert!(sum[3..].iter().all(|m| m.abs() < 1.0), "N mm: {sum:?}");
            assert_eq!(clench.bite_n, 500.0, "D2.30");
            for [x, y, z] in clench.condyles_n {
                // Down, and back by the slope of 45 degrees at most.
                assert!(x == 0.0 && z <= 0.0 && y >= 0.0 && y <= -z + 1e-9, "{x} {y} {z}");
            }
            let all = clench.clench.right.iter().chain(&clench.clench.left);
            assert!(all.copied().all(|a| (0.0..=1.0).contains(&a)));
        }
    }
}

#[test]
fn the_mirrored_jaw_clenches_alike() {
    let jaw: Places = places()
        .into_iter()
        .map(|(name, [x, y, z])| match name.contains("masseter_left") {
            true => (name, [x + 2.0, y - 3.0, z]),
            false => (name, [x, y, z]),
        })
        .collect();
    let own = clenches(&jaw);
    let image = clenches(&mirrored(&jaw));
    for (own, image) in own.iter().zip(image.iter().rev()) {
        let (own, image) = (own.as_ref().unwrap(), image.as_ref().unwrap());
        assert!((own.bite_n - image.bite_n).abs() < 1e-2);
        let sides =
            [(&own.clench.right, &image.clench.left), (&own.clench.left, &image.clench.right)];
        for (own, image) in sides {
            for muscle in 0..MUSCLE_COUNT {
                let name = MUSCLE_NAMES[muscle];
                assert!((own[muscle] - image[muscle]).abs() < 1e-3, "{name}: {own:?} {image:?}");
            }
        }
    }
}

/// Both were seen on people: more of the muscles' work, and less of the joints' load, lies on the
/// side that bites.
#[test]
fn the_working_side_pulls_more_and_its_joint_bears_less() {
    let jaw = places();
    let [right, left] = [0, 1].map(|n| clenches(&jaw)[n].clone().unwrap());
    let size = |f: [f64; 3]| f.iter().map(|f| f * f).sum::<f64>().sqrt();
    for (own, [working, balancing]) in [(&right, [0, 1]), (&left, [1, 0])] {
        let joints = own.condyles_n.map(size);
        assert!(joints[working] < joints[balancing], "{joints:?}");
        let effort = [own.clench.right, own.clench.left].map(|a| a.iter().sum::<f64>());
        assert!(effort[working] > effort[balancing], "{effort:?}");
        // Openers stay nearly at rest.
        let digastric = [own.clench.right[8], own.clench.left[8]];
        assert!(digastric.iter().all(|&a| a < 0.05), "{digastric:?}");
    }
}

#[test]
fn muscles_that_are_gone_weaken_the_bite() {
    let whole = clenches(&places())[1].clone().unwrap();
    let mut resected = places();
    let angle = ["superficial_masseter", "deep_masseter", "medial_pterygoid"];
    for name in angle {
        resected.remove(&format!("{name}_left"));
    }
    let left = clenches(&resected)[1].clone().unwrap();
    assert!(left.bite_n < 0.9 * whole.bite_n, "{} of {}", left.bite_n, whole.bite_n);
    assert!(left.clench.left.contains(&1.0), "in full: {:?}", left.clench.left);
    assert_eq!([left.clench.left[0], left.clench.left[1], left.clench.left[2]], [0.0; 3]);
    assert!(left_over(&resected, &left).iter().all(|f| f.abs() < 1.0));
    for muscle in MUSCLE_NAMES {
        for side in ["left", "right"] {
            resected.remove(&format!("{muscle}_{side}"));
        }
    }
    let told = clenches(&resected)[0].clone().unwrap_err().to_string();
    assert!(told.contains("`molar_clench_right`") && told.contains("`molar_right`"), "{told}");
    resected.remove("condyle_left");
    let told = clenches(&resected)[0].clone().unwrap_err().to_string();
    assert!(told.contains("`condyle_left`"), "{told}");
}

#[test]
fn the_outline_names_what_the_cases_name() {
    let set = load_set("mandible_unilateral").expect("listed");
    let (outline, cases) = (set.outline(), set.cases_at(&places()).unwrap());
    assert_eq!((set.fixed(), outline.len()), (None, 2));
    let size = |f: [f64; 3]| f.iter().map(|f| f * f).sum::<f64>().sqrt();
    for (full, own) in outline.iter().zip(&cases) {
        assert_eq!((&full.name, &full.holds), (&own.name, &own.holds));
        assert_eq!(full.actions.len(), 2 * MUSCLE_COUNT);
        for action in &own.actions {
            let most = full.actions.iter().find(|a| a.region == action.region).unwrap();
            assert!(size(action.force_n) <= size(most.force_n) * (1.0 + 1e-12));
        }
    }
    let names = |cases: &[RegionCase]| cases.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&cases), ["molar_clench_right", "molar_clench_left"]);
}

#[test]
fn a_group_of_teeth_shares_the_bite() {
    let jaw = places();
    let [molar, group] = ["mandible_unilateral", "mandible_group"].map(|id| of_set(id, &jaw));
    let [molar, group] = [molar, group].map(|all| all[1].clone().unwrap());
    assert_eq!(group.clench.name, "group_clench_left");
    assert_eq!(group.clench.teeth, ["canine_left", "premolar_left", "molar_left"]);
    let holds: Vec<String> = group.case().holds.into_iter().map(|hold| hold.region).collect();
    assert_eq!(holds[2..], group.clench.teeth);
    // Farther in front the same bite has a longer arm: muscles work harder.
    let effort = |c: &BalancedClench| {
        c.clench.right.iter().chain(&c.clench.left).map(|a| a * a).sum::<f64>() / c.bite_n.powi(2)
    };
    assert!(effort(&group) > 1.2 * effort(&molar), "{} {}", effort(&group), effort(&molar));
    let mut gone = places();
    gone.remove("canine_left");
    let told = of_set("mandible_group", &gone)[1].clone().unwrap_err().to_string();
    assert!(told.contains("`group_clench_left`") && told.contains("`canine_left`"), "{told}");
}
