//! `ossein solve`: what holds and what acts, and what is refused before work starts.

use crate::common::{Folder, npy, ossein, printed};
use crate::solve::{PRESS, SIZE, refused, setup};
use serde_json::Value;

const FULL: [u8; 96] = [1; 96];

/// A column of 2 x 4 voxels, and beside it a slab of one that hangs from the top.
fn column_and_slab() -> [u8; 96] {
    std::array::from_fn(|n| {
        let [i, k] = [n % 4, n / 16];
        u8::from(i < 2 || (i == 3 && k >= 3))
    })
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

#[track_caller]
fn figures(name: &str, (size, labels): ([usize; 3], &[u8]), text: &str) -> (Value, String) {
    let folder = Folder::new(name);
    folder.put("block.npy", npy(size, labels)).put("model.toml", text);
    ossein(&["solve", &folder.path("model.toml"), "--json"], 0)
}

/// Of 2 mm2, 60 N and 6 MPa arrive in full, and store `F^2 L / (2 E A)`.
#[test]
fn loads_arrive_where_loose_pieces_are_left_out() {
    let top = "[[region]]\nname = \"top\"\nwithin_mm = [[0, 0, 2.9], [2, 2, 3.1]]\n";
    let rest = format!(
        "[solver]\ndrop_loose = true\nsecond_resolution = false\n{top}\
         [[load]]\nname = \"plane\"\nforce_n = [0, 0, -60]\n\
         [[load]]\nname = \"region\"\nforce_n = [0, 0, -60]\nregion = \"top\"\n\
         [[load]]\nname = \"pressure\"\npressure_mpa = 30\n\
         within_mm = [[0, 0, 2.9], [2, 2, 3.1]]\n"
    );
    let text = setup("block.npy", &rest);
    let (json, said) = figures("slab", (SIZE, &column_and_slab()), &text);
    assert!(said.contains("12 voxels in 1 piece that no support holds left out"), "{said}");
    for case in json["cases"].as_array().unwrap() {
        let close = |value: f64, exact: f64| {
            assert!((value / exact - 1.0).abs() < 1e-5, "{value} for {exact}: {case}");
        };
        close(number(&case["force_n"][2]), -60.0);
        close(number(&case["reaction_force_n"][2]), 60.0);
        close(number(&case["strain_energy_nmm"]), 0.5 * 60.0 * 60.0 * 3.0 / (1000.0 * 2.0));
        assert!(number(&case["balance_error"]) < 1e-6, "{case}");
    }
    let names = json["cases"].as_array().unwrap().iter().map(|case| case["name"].clone());
    assert_eq!(names.collect::<Vec<_>>(), ["plane", "region", "pressure"]);
    let slab = rest.replace("[[0, 0, 2.9], [2, 2, 3.1]]", "[[1.6, 0, 2.9], [2, 2, 3.1]]");
    let alone = "`region` acts on `top`, which lies on loose pieces alone";
    refused("alone", &column_and_slab(), &setup("block.npy", &slab), alone);
    let hanging: [u8; 96] = std::array::from_fn(|n| u8::from(!(32..64).contains(&n)));
    let load = "[[load]]\nname = \"l\"\nforce_n = [0, 0, 1]\n[solver]\ndrop_loose = true\n";
    let alone = "`l` acts on `the highest plane`, which lies on loose pieces alone";
    refused("hanging", &hanging, &setup("block.npy", load), alone);
}

#[test]
fn a_smooth_plate_bears_nothing_sideways() {
    let model = |hold: &str, load: &str| {
        let load = format!("[[load]]\nname = \"l\"\n{load}\n");
        setup("block.npy", &format!("[support]\nbottom = \"sliding\"\n{hold}{load}"))
    };
    let plate = "and a smooth plate (bottom = \"sliding\") bears none";
    let side = "region = \"side\"\n[[region]]\nname = \"side\"\n\
                within_mm = [[1.9, 0, 0], [2.1, 1, 3]]";
    for load in [
        "force_n = [3, 0, -60]".to_owned(),
        "moment_nmm = [0, 0, 20]".to_owned(),
        format!("force_n = [0, -2, 0]\n{side}"),
        "pressure_mpa = 1\nwithin_mm = [[1.9, 0, 0], [2.1, 2, 3]]".to_owned(),
    ] {
        refused("smooth", &FULL, &model("", &load), plate);
    }
    let down = model("", "force_n = [0, 0, -60]\nmoment_nmm = [9, 9, 0]");
    let (json, _) = figures("down", (SIZE, &FULL), &down);
    assert!(number(&json["cases"][0]["balance_error"]) < 1e-6);
    // A mirror across x bears a force along x.
    let mirror = model("symmetric = [\"x_low\"]\n", "force_n = [3, 0, -60]");
    let (json, _) = figures("mirror", (SIZE, &FULL), &mirror);
    assert!((number(&json["cases"][0]["reaction_force_n"][0]) + 3.0).abs() < 1e-4);
}

/// A plate that moves the model holds it sideways too: no node of the smooth one is held, so the
/// whole is four of its quarters between mirrors.
#[test]
fn a_bonded_plate_keeps_a_model_on_a_smooth_one() {
    let options = "[solver]\ntolerance = 1e-9\nsecond_resolution = false\n[support]\n\
                   bottom = \"sliding\"\n";
    let text = |more: &str| {
        let text = setup("block.npy", &format!("{options}{more}{PRESS}"));
        text.replace("poisson = 0", "poisson = 0.3")
    };
    let (whole, _) = figures("whole", (SIZE, &FULL), &text(""));
    let mirrors = "symmetric = [\"x_low\", \"y_low\"]\n";
    let (quarter, _) = figures("quarter", ([2, 2, 6], &[1; 24]), &text(mirrors));
    let energy = |json: &Value| number(&json["cases"][0]["strain_energy_nmm"]);
    let ratio = energy(&whole) / (4.0 * energy(&quarter));
    assert!((ratio - 1.0).abs() < 1e-7, "{ratio}");
}

/// Held at one side and pulled at the other, a bar stores `E A / (2 L) d^2`.
#[test]
fn regions_hold_and_move_a_model() {
    let side = |name: &str, from: f64, to: f64| {
        format!("[[region]]\nname = \"{name}\"\nwithin_mm = [[{from}, 0, 0], [{to}, 2, 3]]\n")
    };
    let sides = side("left", -0.1, 0.1) + &side("right", 1.9, 2.1);
    let hold = "[support]\nbottom = \"free\"\n[[hold]]\nregion = \"left\"\n";
    let pull = "[[load]]\nname = \"pull\"\nregion = \"right\"\ndisplacement_mm = [0.02, 0, 0]\n";
    let push = "[[load]]\nname = \"push\"\nregion = \"right\"\nforce_n = [60, 0, 0]\n";
    let text = setup("block.npy", &format!("{sides}{hold}{pull}{push}"));
    let (json, _) = figures("sides", (SIZE, &FULL), &text);
    let stiffness = 1000.0 * 6.0 / 2.0;
    for case in json["cases"].as_array().unwrap() {
        let energy = number(&case["strain_energy_nmm"]);
        assert!((energy / (0.5 * stiffness * 0.02 * 0.02) - 1.0).abs() < 1e-5, "{case}");
        assert!((number(&case["reaction_force_n"][0]) + 60.0).abs() < 1e-3, "{case}");
        assert!((number(&case["force_n"][0]) - 60.0).abs() < 1e-3, "{case}");
    }
    let unknown = text.replace("region = \"left\"", "region = \"lef\"");
    refused("hold", &FULL, &unknown, "[[hold]]: [[region]] `lef` is not there; there are left, ");
    let same = text.replace("region = \"right\"", "region = \"left\"");
    refused("same", &FULL, &same, "where a support holds it");
    let along = text.replace("[[hold]]\n", "[[hold]]\naxes = [\"x\"]\n");
    refused(
        "slack",
        &FULL,
        &along,
        "no support holds 96 voxels of 96, in 1 piece; the largest has element [0, 0, 0]",
    );
}

#[test]
fn motions_that_make_no_sense_are_refused_by_name() {
    let plain = setup("block.npy", PRESS);
    let mut gap = FULL;
    gap[32..48].fill(0);
    refused("gap", &gap, &plain, "nothing resists `press`");
    let free = plain.replace("[[load]]", "[support]\nbottom = \"free\"\n[[load]]");
    refused("loose", &FULL, &free, "nothing resists `press`");
    let mirrored =
        plain.replace("[[load]]", "[support]\nsymmetric = [\"x_low\", \"x_high\"]\n[[load]]");
    let pull = mirrored.replace("strain = -0.01", "displacement_mm = [0.5, 0, 0]");
    refused("pull", &FULL, &pull, "`press` moves the node at [0.0, 0.0, 3.0] mm by 0.5 mm along x");
    let turn = mirrored.replace("strain = -0.01", "rotation_deg = [0, 0, 1]");
    refused("turn", &FULL, &turn, "where a support holds it");
}

#[test]
fn numbers_and_places_out_of_range_are_named_before_work() {
    let plain = setup("block.npy", PRESS);
    let with = |key: &str| plain.replace("[[load]]", &format!("{key}\n[[load]]"));
    for (table, key, words) in [
        ("image", "smooth_voxels = -1", "smooth_voxels = -1; 0 to 20"),
        ("image", "smooth_voxels = nan", "smooth_voxels = NaN; 0 to 20"),
        ("solver", "error_max = -1", "[solver] error_max = -1; above 0"),
        ("solver", "element_count_max = 0", "[solver] element_count_max = 0; above 0"),
        ("solver", "tolerance = 1e-30", "[solver] tolerance = 1e-30; 1e-12 to 1"),
    ] {
        let text = match table {
            "image" => plain.replace("[image]", &format!("[image]\n{key}")),
            _ => with(&format!("[{table}]\n{key}")),
        };
        refused("range", &FULL, &text, words);
    }
    let other = with("[[material]]\nlabel = 7\nmodulus_mpa = 10");
    refused("label", &FULL, &other, "model.toml: [[material]] label 7: no voxel of");
    let bone = "[image]\npath = \"block.npy\"\nvoxel_mm = 0.5\n[bone]\npoisson = 0.7\n\
                preset = \"rho_vertebra\"\nlaw = \"morgan_vertebra\"\n";
    refused(
        "bone",
        &FULL,
        &format!("{bone}{PRESS}"),
        "[bone] poisson = 0.7; above -1, and up to 0.495",
    );
    let push = "[[load]]\nname = \"push\"\nforce_n = [0, 0, 1]\nregion = \"sid\"\n";
    let side = "[[region]]\nname = \"side\"\nwithin_mm = [[0, 0, 2.9], [2, 2, 3.1]]\n";
    let unknown = setup("block.npy", &format!("{side}{push}"));
    refused(
        "unknown",
        &FULL,
        &unknown,
        "`sid` is not there; there are lower_section, side, upper_",
    );
}

#[test]
fn files_that_cannot_be_written_or_read_are_named_before_work() {
    let folder = Folder::new("places");
    folder.put("block.npy", npy(SIZE, &FULL)).put("model.toml", setup("block.npy", PRESS));
    let (model, image) = (folder.path("model.toml"), folder.path("block.npy"));
    let below = folder.path("block.npy/fields");
    for option in ["--out", "--picture"] {
        let (_, said) = ossein(&["solve", &model, option, &below, "--json"], 1);
        assert!(said.contains(&below) && !said.contains("wrote"), "{said}");
    }
    let (_, said) = ossein(&["solve", &image], 1);
    assert!(said.contains("it is no text; a model is a TOML file"), "{said}");
}

#[test]
fn a_large_displacement_has_a_warning() {
    let text = setup("block.npy", PRESS).replace("strain = -0.01", "strain = -3");
    let (json, said) = figures("large", (SIZE, &FULL), &text);
    assert_eq!(json["findings"][0]["code"], "solve.large_displacement", "{json}");
    assert!(said.contains("300 % of the model's 3.000 mm"), "{said}");
}

/// Figures are those of what the supports hold: a speck counts neither in volumes nor in spreads.
#[test]
fn a_speck_that_is_left_out_counts_in_no_figure() {
    // A column of 2 x 2 elements, and one that touches it along an edge.
    let mut labels: [u8; 96] = std::array::from_fn(|n| u8::from(n % 4 < 2 && n / 4 % 4 < 2));
    let held = labels.iter().filter(|l| **l == 1).count();
    labels[2 * 16 + 2 * 4 + 2] = 1;
    let rest = "[solver]\nsecond_resolution = false\ndrop_loose = true\n";
    let text = setup("block.npy", &format!("{rest}{PRESS}"));
    let folder = Folder::new("speck");
    folder.put("block.npy", npy(SIZE, &labels)).put("model.toml", text);
    let (model, out) = (folder.path("model.toml"), folder.path("out/deep"));
    let (json, _) = ossein(&["solve", &model, "--out", &out, "--json"], 0);
    let case = &json["cases"][0];
    assert_eq!(case["left_out_count"], 1, "{case}");
    assert_eq!(case["von_mises_mpa"]["count"], held, "{case}");
    assert_eq!(case["regions"][0]["von_mises_mpa"]["count"], held, "{case}");
    assert_eq!(number(&case["regions"][0]["volume_mm3"]), 0.125 * held as f64);
    let region = std::fs::read(format!("{out}/press_region.nii.gz")).unwrap();
    let region = ossein_scan::nifti::read(&region, 1 << 20).unwrap().values.into_f32();
    assert_eq!(region.iter().filter(|r| **r != 0.0).count(), held);
}

/// What is refused leaves no folder behind, and pictures keep their format.
#[test]
fn nothing_is_left_of_what_was_refused() {
    let folder = Folder::new("left");
    let bad = setup("block.npy", PRESS).replace("label = 1", "label = 3");
    folder.put("block.npy", npy(SIZE, &FULL)).put("model.toml", bad);
    let model = folder.path("model.toml");
    let (_, said) = ossein(&["solve", &model, "--out", &folder.path("a/b")], 1);
    assert!(
        said.contains("model.toml: no [[material]] has label 1, which voxel (0, 0, 0)"),
        "{said}"
    );
    assert!(!folder.0.join("a").exists());
    let (_, said) = ossein(&["solve", &model, "--picture", &folder.path("press.jpg")], 1);
    assert!(said.contains("press.jpg") && said.contains("ends in .png"), "{said}");
}

/// People are told what acts and what holds, and how stiff a model is against turning.
#[test]
fn reactions_and_a_rotational_stiffness_are_printed() {
    let folder = Folder::new("printed");
    let turn = "[[load]]\nname = \"turn\"\nrotation_deg = [0, 0, 0.1]\n";
    folder.put("block.npy", npy(SIZE, &FULL)).put("model.toml", setup("block.npy", turn));
    let text = printed(&["solve", &folder.path("model.toml")], 0);
    for line in ["rotational_stiffness_nm_per_deg", "reaction force, N", "reaction moment, N mm"] {
        assert!(text.lines().any(|l| l.trim_start().starts_with(line)), "{line}: {text}");
    }
    let (json, _) = ossein(&["solve", &folder.path("model.toml"), "--json"], 0);
    let case = &json["cases"][0];
    let stiffness = number(&case["rotational_stiffness_nm_per_deg"]);
    let moment = number(&case["reaction_moment_nmm"][2]);
    assert!((stiffness / (-moment / 1000.0 / 0.1) - 1.0).abs() < 1e-4, "{case}");
}
