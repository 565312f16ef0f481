//! Recipes: what is refused, and how it is said.

use ossein_case::Recipe;
use ossein_case::recipe::{Filled, template};
use ossein_geom::{Lps, Point, Value};
use ossein_segment::{LabelTable, Seed};

const HEAD: &str =
    "[case]\nid = \"x\"\nkind = \"vertebral_body_replacement\"\n[scan]\npath = \"s\"\n";

/// `tail` follows a sound head of five lines; every part of `said` stands in the error.
#[track_caller]
fn refused(tail: &str, said: &[&str]) {
    check(&format!("{HEAD}{tail}"), said);
}

#[track_caller]
fn check(text: &str, said: &[&str]) {
    let error = Recipe::parse(text, "case.toml").expect_err("refused").to_string();
    for part in said {
        assert!(error.contains(part), "`{part}` is not in:\n{error}");
    }
}

fn sound(tail: &str) -> Recipe {
    Recipe::parse(&format!("{HEAD}{tail}"), "case.toml").unwrap()
}

#[test]
fn unknown_names_are_refused() {
    refused("[lattise]\n", &["case.toml:6:2: lattise: unknown table", "did you mean `lattice`?"]);
    refused(
        "[print]\nlayers_mm = 0.03\n",
        &["case.toml:7:1: print.layers_mm: unknown key", "did you mean `layer_mm`?"],
    );
    refused("[lattice]\nperiod = 1\n", &["lattice.period: unknown key", "`period_mm`"]);
    refused("colour = 1\n", &["scan.colour: unknown key"]);
}

#[test]
fn values_outside_their_range_are_refused() {
    refused(
        "[print]\nlayer_mm = 0.5\n",
        &["case.toml:7:12: print.layer_mm: `0.5` is not allowed; allowed: 0.02 to 0.1 mm"],
    );
    refused("[print]\nlayer_mm = nan\n", &["print.layer_mm: `nan`"]);
    refused("[print]\nlayer_mm = inf\n", &["print.layer_mm: `inf`"]);
    refused("[print]\nlayer_mm = \"0.03 mm\"\n", &["`\"0.03 mm\"` is not allowed"]);
    refused("[print]\ncli_ascii = 1\n", &["print.cli_ascii: `1`", "true or false"]);
    refused("[mechanics]\nlaw = \"morgan_vertebrae\"\n", &["did you mean `morgan_vertebra`?"]);
    refused("[segmentation]\nthreshold_hu = 5000\n", &["`5000`", "-200 to 2000"]);
    refused("[dossier]\ndate = \"2026-02-30\"\n", &["dossier.date", "YYYY-MM-DD"]);
    refused("[dossier]\ndate = 2026-02-03\n", &["dossier.date", "a text"]);
    refused("print = 3\n", &["scan.print: unknown key"]);
}

#[test]
fn tables_and_ids_are_checked() {
    check("print = 3\n", &["print: `3` is not allowed; allowed: a table: [print]"]);
    check("", &["case.id: is missing", "case.kind: is missing", "scan.path: is missing"]);
    check(&HEAD.replace("\"x\"", "\"Jane Doe\""), &["case.toml:2:6: case.id", "never a patient"]);
    check(
        &HEAD.replace("vertebral", "vertebra"),
        &[
            "case.kind: `\"vertebra_body_replacement\"`",
            "did you mean `vertebral_body_replacement`?",
        ],
    );
    check("[case\n", &["case.toml:1:"]);
    check("[case]\nid = \"a\"\nid = \"b\"\n", &["case.toml:3:", "duplicate"]);
    check(&"[".repeat(10_000), &["case.toml:1:"]);
    check("\u{feff}[case]\n\u{0}", &["case.toml:"]);
}

#[test]
fn levels_and_points_are_checked() {
    refused("[plan]\nresect = [\"T14\"]\n", &["case.toml:7:11: plan.resect: `\"T14\"`", "T1-T13"]);
    refused("[plan]\nresect = [\"T7\", \"T7\"]\n", &["names a level twice"]);
    refused("[plan]\nresect = \"T7\"\n", &["a list of levels"]);
    refused("[segmentation]\nseeds = { T1 = [1, 2] }\n", &["case.toml:7:16:", "[x, y, z] in mm"]);
    refused("[segmentation]\nseeds = { T1 = [1, 2, 1e9] }\n", &["-10000 to 10000"]);
    refused("[segmentation]\nseeds = { X1 = [1, 2, 3] }\n", &["`X1`", "C1-C7"]);
    refused("[segmentation]\nframe = \"lpi\"\n", &["lps, ras"]);
    refused("[segmentation]\nlabels = \"a\"\nseeds = { T1 = [1, 2, 3] }\n", &["not both"]);
    refused("[segmentation]\nlabels = \"a\"\ntable = { 70000 = \"T7\" }\n", &["1 to 65535"]);
    let twice = "[[segmentation.seeds]]\nlevel = \"T1\"\npoint_mm = [1, 2, 3]\n".repeat(2);
    refused(&twice, &["more than one seed"]);
    refused("[[segmentation.seeds]]\nlevel = \"T1\"\n", &["point_mm = [x, y, z]"]);
}

#[test]
fn all_faults_are_told_at_once_in_order() {
    let text = format!("{HEAD}[print]\nlayer_mm = 9\nfoo = 1\n[dossier]\npaper = \"a5\"\n");
    let error = Recipe::parse(&text, "case.toml").unwrap_err();
    let lines: Vec<usize> = error.faults.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [7, 8, 10]);
}

#[test]
fn seeds_come_in_two_spellings_and_two_frames() {
    let one = sound("[segmentation]\nseeds = { T2 = [4, 5, 6], T1 = [1, 2.5, 3] }\n");
    let other = sound(
        "[segmentation]\nframe = \"ras\"\n[[segmentation.seeds]]\nlevel = \"T1\"\n\
         point_mm = [-1, -2.5, 3]\n[[segmentation.seeds]]\nlevel = \"T2\"\n\
         point_mm = [-4, -5, 6]\n",
    );
    assert_eq!(one.segmentation, other.segmentation);
    assert_eq!(one.segmentation.seeds[0].point, Point::<Lps>::new(1.0, 2.5, 3.0));
    assert_eq!(one.hash(), other.hash());
}

#[test]
fn label_tables_are_read() {
    let named = sound("[segmentation]\nlabels = \"l.nii\"\ntable = { 7 = \"T7\", 8 = \"T8\" }\n");
    let LabelTable::Named(names) = named.segmentation.table else { panic!() };
    assert_eq!(names[&7], "T7");
    assert_eq!(sound("").segmentation.table, LabelTable::TotalSegmentator);
}

#[test]
fn the_hash_is_of_values() {
    let plain = sound("[print]\nlayer_mm = 0.05\n");
    let spaced = sound("# note\n[print]\n\n  layer_mm   = 5e-2 # thick\n");
    assert_eq!(plain.hash(), spaced.hash());
    assert_ne!(plain.hash(), sound("").hash());
    assert!(!plain.choices.0["print.layer_mm"].default);
    assert!(plain.choices.0["print.contour_step_mm"].default);
}

#[test]
fn the_template_is_a_sound_recipe() {
    let point = Point::new(-0.1, 2.0, 1e-7);
    let filled = Filled {
        id: "case-1".into(),
        kind: "vertebral_body_replacement".into(),
        title: "a \"title\"\n".into(),
        scan: "../scan of a day\\x".into(),
        seeds: vec![Seed { level: "T7".parse().unwrap(), point }],
        resect: vec!["T7".into()],
        tumour: None,
        chosen: vec![("print.layer_mm".into(), Value::Number(0.06))],
    };
    let text = template(&filled);
    let recipe = Recipe::parse(&text, "case.toml").unwrap();
    assert_eq!(recipe.segmentation.seeds, filled.seeds);
    assert_eq!(recipe.case.title, filled.title);
    assert_eq!(recipe.choices.number("print.layer_mm"), 0.06);
    // Every line that is commented out is allowed too, but for the second source of labels and
    // for load cases beside a named set.
    let open: String = text
        .lines()
        .map(|line| line.strip_prefix('#').filter(|l| !l.starts_with(' ')).unwrap_or(line))
        .filter(|line| !line.starts_with("labels") && !line.starts_with("series"))
        .filter(|line| !line.starts_with("tumour =") && !line.starts_with("cases ="))
        .map(|line| format!("{line}\n"))
        .collect();
    let opened = Recipe::parse(&open, "case.toml").unwrap();
    assert!(opened.choices.0.values().all(|chosen| !chosen.default));
    for (name, chosen) in &opened.choices.0 {
        assert_eq!(chosen.value, recipe.choices.0[name].value, "{name}");
    }
    assert!(text.lines().all(|line| line.len() < 400));
    let own = text.replace("#cases =", "cases =");
    let own = own.replace("#loads = \"thoracic_moments\"", "loads = \"own\"");
    assert_eq!(Recipe::parse(&own, "case.toml").unwrap().own_cases.len(), 1);
}

const OWN: &str = "[mechanics]\nloads = \"own\"\n[[mechanics.cases]]\n";

#[test]
fn load_cases_of_ones_own_are_read() {
    let recipe = sound(&format!(
        "{OWN}name = \"lifting\"\nforce_n = [0, -80, -700.5]\nmoment_nmm = [6000, 0, 0]\n\
         [[mechanics.cases]]\nname = \"twist\"\nmoment_nmm = [0, 0, 5e3]\nregion = \"implant\"\n"
    ));
    let [lifting, twist] = recipe.own_cases.as_slice() else { panic!("two cases") };
    assert_eq!(lifting.force_n, [0.0, -80.0, -700.5]);
    assert_eq!(
        (lifting.moment_nmm, lifting.region.as_str()),
        ([6000.0, 0.0, 0.0], "upper_section")
    );
    assert_eq!((twist.force_n, twist.region.as_str()), ([0.0; 3], "implant"));
    assert_ne!(recipe.hash(), sound("").hash());
}

#[test]
fn load_cases_that_make_no_sense_are_refused() {
    let case = |tail: &str| format!("{OWN}{tail}\n");
    let own = |tail: &str, said: &[&str]| refused(&case(tail), said);
    own("name = \"a\"", &["`a` has neither force nor moment"]);
    own("name = \"a\"\nforce_n = [1, 2]", &["mechanics.cases.force_n", "[x, y, z]"]);
    own("name = \"a\"\nforce_n = [1, 2, nan]", &["mechanics.cases.force_n"]);
    own("name = \"a\"\nforce_n = [0, 0, -99999]", &["each from -20000 to 20000"]);
    own("name = \"A b\"\nforce_n = [0, 0, -1]", &["mechanics.cases.name", "small letters"]);
    own("name = \"a\"\nforce = [0, 0, -1]", &["unknown key; did you mean `force_n`?"]);
    own("force_n = [0, 0, -1]", &["a case needs a name"]);
    own(
        "name = \"a\"\nforce_n = [0, 0, -1]\nregion = \"implants\"",
        &["mechanics.cases.region", "did you mean `implant`?"],
    );
    let twice = "name = \"a\"\nforce_n = [0, 0, -1]\n";
    own(&format!("{twice}[[mechanics.cases]]\n{twice}"), &["`a` is there twice"]);
    refused("[mechanics]\nloads = \"own\"\n", &["`own` needs [[mechanics.cases]]"]);
    refused("[mechanics]\ncases = 3\n", &["mechanics.cases: `3`", "a list of"]);
    let unread = "[[mechanics.cases]]\nname = \"a\"\nforce_n = [0, 0, -1]\n";
    refused(unread, &["is read with loads = \"own\" alone"]);
}

const JAW: &str = "[case]\nid = \"j\"\nkind = \"mandible_segment_replacement\"\n\
                   [scan]\npath = \"l.nii\"\n";

fn jaw(tail: &str) -> Recipe {
    Recipe::parse(&format!("{JAW}{tail}"), "case.toml").unwrap()
}

/// A clench of this head, with the built-in intercuspal clench's activations on both sides.
fn intercuspal(head: &str) -> String {
    let muscles = "{ superficial_masseter = 1, deep_masseter = 1.0, medial_pterygoid = 0.76, \
                   anterior_temporalis = 0.98, middle_temporalis = 0.96, \
                   posterior_temporalis = 0.94, inferior_lateral_pterygoid = 0.27, \
                   superior_lateral_pterygoid = 0.59, digastric = 0.28 }";
    let both = format!("activation_right = {muscles}\nactivation_left = {muscles}\n");
    format!("[[mechanics.clenches]]\n{head}\n{both}")
}

#[test]
fn a_clench_of_ones_own_is_a_load_case() {
    let text = intercuspal("name = \"own\"\nteeth = [\"molar_right\", \"molar_left\"]");
    let recipe = jaw(&text);
    let [own] = recipe.jaw_loads.as_slice() else { panic!("one clench") };
    // With the activations of the built-in clench it is that clench, bit for bit.
    let set = ossein_mechanics::loads::load_set("mandible_muscles").unwrap();
    let built_in = set.outline().into_iter().find(|case| case.name == "intercuspal_clench");
    let mut renamed = built_in.unwrap();
    renamed.name = "own".into();
    assert_eq!(own.case, renamed);
    assert!(own.clench.is_some() && !own.routine);
    assert_ne!(recipe.hash(), jaw("").hash());
    assert!(jaw("").jaw_loads.is_empty() && recipe.own_cases.is_empty());
    // A muscle that is not named, or gives nothing, does not pull.
    let few = "[[mechanics.clenches]]\nname = \"few\"\nteeth = [\"incisors\"]\nroutine = true\n\
               activation_left = { digastric = 0.5, deep_masseter = 0 }\n";
    let few = jaw(few);
    let case = &few.jaw_loads[0].case;
    assert_eq!((case.actions.len(), few.jaw_loads[0].routine), (1, true));
    assert_eq!(case.actions[0].region, "digastric_left");
    let size = case.force_n().map(|f| f * f).iter().sum::<f64>().sqrt();
    assert!((size - 20.0).abs() < 1e-12, "half of 40 N: {size}");
}

#[test]
fn load_cases_of_a_jaw_are_read() {
    let recipe = jaw("[[mechanics.cases]]\nname = \"premolar_bite\"\n\
         actions = [{ region = \"molar_left\", force_n = [0, -20, -200] },\n\
         { region = \"angle_left\", moment_nmm = [0, 0, 3e3] }]\n\
         holds = [\"condyle_right\", \"condyle_left\"]\nholds_z = [\"incisors\"]\n");
    let case = &recipe.jaw_loads[0].case;
    assert_eq!((case.name.as_str(), case.force_n()), ("premolar_bite", [0.0, -20.0, -200.0]));
    assert_eq!(case.actions[1].moment_nmm, [0.0, 0.0, 3000.0]);
    let axes: Vec<[bool; 3]> = case.holds.iter().map(|hold| hold.axes).collect();
    assert_eq!(axes, [[true; 3], [true; 3], [false, false, true]]);
    assert_eq!(case.holds[2].region, "incisors");
    assert!(recipe.jaw_loads[0].clench.is_none());
}

#[test]
fn clenches_that_make_no_sense_are_refused_with_their_place() {
    let clench = |tail: &str| format!("{JAW}[mechanics]\n[[mechanics.clenches]]\n{tail}\n");
    let own = |tail: &str, said: &[&str]| check(&clench(tail), said);
    let some = "activation_right = { digastric = 0.5 }";
    let head = "name = \"a\"\nteeth = [\"molar_right\"]";
    own(&format!("teeth = [\"incisors\"]\n{some}"), &["a case needs a name: { name ="]);
    own(&format!("name = \"A b\"\n{some}"), &["mechanics.clenches.name", "small letters"]);
    own(&format!("{head}\ntooth = 1\n{some}"), &["unknown key; did you mean `teeth`?"]);
    own(
        &format!("{head}\nactivation_right = {{ masseter = 0.5, deep_maseter = 0.1 }}"),
        &[
            "case.toml:10:22: mechanics.clenches.activation_right: no such muscle; there are \
             superficial_masseter, deep_masseter",
            "did you mean `deep_masseter`?",
        ],
    );
    for wrong in ["1.01", "-0.1", "nan", "\"full\"", "72"] {
        own(
            &format!("{head}\nactivation_left = {{ digastric = {wrong} }}"),
            &["mechanics.clenches.activation_left.digastric", wrong, "allowed: 0 to 1"],
        );
    }
    own(&format!("{head}\nactivation_right = 0.5"), &["`0.5` is not allowed", "digastric"]);
    own(head, &["`a`: no muscle pulls"]);
    own(&format!("{head}\nactivation_left = {{ digastric = 0 }}"), &["`a`: no muscle pulls"]);
    own(&format!("name = \"a\"\n{some}"), &["`a` clenches on nothing", "molar_left, incisors"]);
    own(
        &format!("name = \"a\"\nteeth = [\"molar_rigth\"]\n{some}"),
        &["mechanics.clenches.teeth", "did you mean `molar_right`?"],
    );
    own(
        &format!("name = \"a\"\nteeth = [\"incisors\", \"incisors\"]\n{some}"),
        &["incisors is there twice"],
    );
    own(&format!("name = \"a\"\nteeth = \"incisors\"\n{some}"), &["a list of canine_right"]);
    own(&format!("{head}\nroutine = 1\n{some}"), &["clenches.routine", "true or false"]);
    let one = format!("{head}\n{some}\n");
    own(&format!("{one}[[mechanics.clenches]]\n{one}"), &["case.toml:11:1", "`a` is there twice"]);
    let taken = one.replace("\"a\"", "\"incisal_clench\"");
    own(&taken, &["every jaw has a load case `incisal_clench`"]);
    let many: String = (0..17)
        .map(|n| format!("[[mechanics.clenches]]\n{}", one.replace("\"a\"", &format!("\"c{n}\""))))
        .collect();
    check(&format!("{JAW}{many}"), &["17 cases; at most 16"]);
    check(&format!("{JAW}[mechanics]\nclenches = 3\n"), &["mechanics.clenches: `3`", "a list of"]);
    check(&format!("{JAW}[mechanics]\nclenches = [3]\n"), &["mechanics.clenches: `3`"]);
    // Kinds without a jaw's muscles do not know the key.
    refused("[[mechanics.clenches]]\nname = \"a\"\n", &["mechanics.clenches: unknown key"]);
}

#[test]
fn load_cases_of_a_jaw_that_make_no_sense_are_refused() {
    let case = |tail: &str| format!("{JAW}[[mechanics.cases]]\nname = \"a\"\n{tail}\n");
    let own = |tail: &str, said: &[&str]| check(&case(tail), said);
    let acts = "actions = [{ region = \"molar_left\", force_n = [0, 0, -200] }]";
    let holds = "holds = [\"condyle_left\"]";
    own(holds, &["nothing acts: actions = [{"]);
    own(&format!("{holds}\nactions = []"), &["mechanics.cases.actions", "1 to 29 of"]);
    own(&format!("{holds}\nactions = [3]"), &["mechanics.cases.actions: `3`"]);
    own(acts, &["`a`: holds must name a region that holds in every direction"]);
    own(&format!("{acts}\nholds_z = [\"incisors\"]"), &["in every direction"]);
    own(
        &format!("{acts}\nholds = [\"condyle\"]"),
        &["mechanics.cases.holds: `\"condyle\"`", "did you mean `condyle_left`?"],
    );
    own(
        &format!("{acts}\nholds = [\"chin\"]"),
        &["allowed: condyle_right, angle_right", "incisors"],
    );
    own(
        &format!("{acts}\n{holds}\nholds_z = [\"condyle_left\"]"),
        &["condyle_left stands in holds and in holds_z"],
    );
    own(
        &format!("{acts}\nholds = [\"molar_left\"]"),
        &["`a` acts on molar_left, which holds: it would do nothing there"],
    );
    let with = |action: &str, said: &[&str]| own(&format!("{holds}\nactions = [{action}]"), said);
    with("{ force_n = [0, 0, -1] }", &["an action needs a region"]);
    with("{ region = \"molar_left\" }", &["neither force nor moment on molar_left"]);
    with("{ region = \"ramus\", force_n = [0, 0, -1] }", &["cases.actions.region: `\"ramus\"`"]);
    with("{ region = \"incisors\", force = [0, 0, -1] }", &["did you mean `force_n`?"]);
    with(
        "{ region = \"incisors\", force_n = [0, 0, -9999] }",
        &["mechanics.cases.actions.force_n", "each from -5000 to 5000"],
    );
    with("{ region = \"incisors\", moment_nmm = [0, nan, 0] }", &["actions.moment_nmm"]);
    let one = format!("{acts}\n{holds}\n");
    let twin = "name = \"a\"\nteeth = [\"incisors\"]\nactivation_left = { digastric = 1 }";
    own(&format!("{one}[[mechanics.clenches]]\n{twin}"), &["`a` is there twice"]);
    // The regions of a vertebra are not those of a jaw, and the other way round.
    own("force_n = [0, 0, -1]\nregion = \"implant\"", &["unknown key"]);
    refused(&format!("{OWN}name = \"a\"\n{one}"), &["unknown key"]);
}

#[test]
fn a_jaws_template_shows_its_load_cases() {
    let filled = Filled {
        id: "j".into(),
        kind: "mandible_segment_replacement".into(),
        scan: "l.nii".into(),
        ..Filled::default()
    };
    let text = template(&filled);
    assert!(text.lines().all(|line| line.len() < 400));
    assert!(Recipe::parse(&text, "case.toml").unwrap().jaw_loads.is_empty());
    let open = text.replace("#clenches =", "clenches =").replace("#cases =", "cases =");
    assert_eq!(Recipe::parse(&open, "case.toml").unwrap().jaw_loads.len(), 2);
}

const MODEL: &str = "[case]\nid = \"x\"\nkind = \"anatomical_model\"\n[scan]\npath = \"s\"\n\
                     [segmentation]\ntable = { 2 = \"jaw\" }\n";

#[test]
fn colours_and_cuts_of_a_model_are_read() {
    let text = format!(
        "{MODEL}colors = {{ jaw = \"#C8b090\" }}\n[plan]\ncuts = [{{ point = [1, 2, 3], normal = [0, 0, 2] }}]\n"
    );
    let recipe = Recipe::parse(&text, "case.toml").unwrap();
    assert_eq!(recipe.segmentation.colors["jaw"], [0xc8, 0xb0, 0x90]);
    assert_eq!(recipe.plan.cuts[0].point, Point::<Lps>::new(1.0, 2.0, 3.0));
    let model = |tail: &str, said: &[&str]| check(&format!("{MODEL}{tail}"), said);
    model("colors = { jawe = \"#c8b090\" }\n", &["no label of the table", "`jaw`"]);
    model("colors = { jaw = \"brown\" }\n", &["`\"brown\"` is not allowed", "#e8dbc1"]);
    model("colors = { jaw = \"#c8b0é\" }\n", &["is not allowed", "#e8dbc1"]);
    let cut = "{ point = [0, 0, 0], normal = [0, 0, 1] }";
    let five = format!("[plan]\ncuts = [{cut}, {cut}, {cut}, {cut}, {cut}]\n");
    model(&five, &["plan.cuts", "4 at most"]);
    model("[plan]\ncuts = [{ point = [0, 0, 0], normal = [0, 0, 0] }]\n", &["some length"]);
    refused("[plan]\ncuts = []\n", &["plan.cuts: unknown key"]);
}

const DRILL: &str =
    "[case]\nid = \"d\"\nkind = \"dental_drill_guide\"\n[scan]\npath = \"l.nii\"\n[plan]\n";

#[test]
fn implants_of_a_drill_guide_are_read() {
    let text = format!(
        "{DRILL}implants = [{{ id = \"46\", entry_mm = [1, 2, 3], apex_mm = [1, 2, -7] }},\n\
         {{ tooth_mm = [4, 5, 6], diameter_mm = 3.5, drill_mm = 2 }}]\n\
         extracted_mm = [[7, 8, 9]]\nput_on_from = [0, 0, 2]\n"
    );
    let recipe = Recipe::parse(&text, "case.toml").unwrap();
    let asked = &recipe.plan.guide;
    assert_eq!((asked.implants.len(), asked.extracted.len()), (2, 1));
    assert_eq!(asked.implants[0].apex, Some(Point::<Lps>::new(1.0, 2.0, -7.0)));
    // An implant without a name has that of its place in the list.
    assert_eq!((asked.implants[1].id.as_str(), asked.implants[1].diameter_mm), ("2", Some(3.5)));
    let moved = Recipe::parse(&text.replace("[1, 2, -7]", "[1, 2, -8]"), "case.toml").unwrap();
    assert_ne!(recipe.hash(), moved.hash());
    assert_eq!(recipe.missing(), ["[segmentation] table"]);
    let none = Recipe::parse(DRILL, "case.toml").unwrap();
    assert!(none.missing().contains(&"[plan] implants"));
}

#[test]
fn implants_that_cannot_be_are_refused_with_their_place() {
    let refused = |tail: &str, said: &[&str]| check(&format!("{DRILL}{tail}\n"), said);
    refused("implants = 3", &["case.toml:7:12: plan.implants", "a list of 1 to 16"]);
    refused("implants = []", &["a list of 1 to 16"]);
    refused("implants = [{ id = \"a\" }]", &["implant a has no axis", "entry_mm"]);
    let entry = "entry_mm = [1, 2, 3]";
    refused(&format!("implants = [{{ {entry} }}]"), &["implant 1 has no axis"]);
    refused(
        "implants = [{ tooth_mm = [1, 2, 3], apex_mm = [1, 2, 4] }]",
        &["stands without entry"],
    );
    let both = format!("implants = [{{ {entry}, apex_mm = [1, 2, 4], axis = [0, 0, 1] }}]");
    refused(&both, &["either apex_mm or axis"]);
    let same = format!("implants = [{{ {entry}, apex_mm = [1, 2, 3] }}]");
    refused(&same, &["plan.implants.apex_mm", "another point"]);
    refused(&format!("implants = [{{ {entry}, axis = [0, 0, 0] }}]"), &["of some length"]);
    let wide = format!("implants = [{{ {entry}, axis = [0, 0, 1], diameter_mm = 9 }}]");
    refused(&wide, &["plan.implants.diameter_mm", "`9` is not allowed; allowed: 2 to 8 mm"]);
    let typo = format!("implants = [{{ {entry}, axes = [0, 0, 1] }}]");
    refused(&typo, &["plan.implants.axes: unknown key; did you mean `axis`?"]);
    let twice = "{ id = \"a\", tooth_mm = [1, 2, 3] }";
    refused(&format!("implants = [{twice}, {twice}]"), &["two implants are named `a`"]);
    refused("implants = [{ id = \"a b\", tooth_mm = [1, 2, 3] }]", &["plan.implants.id"]);
    refused("extracted_mm = [1, 2, 3]", &["plan.extracted_mm", "[x, y, z] in mm"]);
    refused("put_on_from = [0, 0, 0]", &["plan.put_on_from", "of some length"]);
    refused("tooth_mm = [0, 0, 0]", &["plan.tooth_mm: unknown key"]);
    refused("[guide]\nblade_mm = 0.6", &["guide.blade_mm: unknown key"]);
}

#[test]
fn a_template_of_a_drill_guide_is_a_recipe() {
    let filled = Filled {
        id: "d".into(),
        kind: "dental_drill_guide".into(),
        scan: "l.nii".into(),
        ..Filled::default()
    };
    let text = template(&filled);
    let recipe = Recipe::parse(&text, "case.toml").unwrap();
    assert_eq!(recipe.choices.number("guide.sleeve_offset_mm"), 10.0);
    // What it shows commented out is read, too.
    let shown = text.lines().map(|line| match line.strip_prefix('#') {
        Some(rest)
            if ["table", "implants", "extracted", "put_on"].iter().any(|k| rest.starts_with(k)) =>
        {
            rest
        }
        _ => line,
    });
    let recipe = Recipe::parse(&shown.collect::<Vec<_>>().join("\n"), "case.toml").unwrap();
    assert!(recipe.missing().is_empty(), "{:?}", recipe.missing());
}
