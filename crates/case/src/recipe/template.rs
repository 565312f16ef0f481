//! A recipe to fill in: every choice with its unit, range, default and help.

use std::fmt::Write;

use ossein_design::kinds;
use ossein_geom::{Choice, Value};
use ossein_segment::Seed;
use serde_json::json;

use super::parse::THRESHOLD_HU;
use crate::choices::{SECTIONS, all_choices};
use crate::steps::{ROADS, Start};

/// What is already known of a case when its recipe is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filled {
    /// `[case] id`.
    pub id: String,
    /// `[case] kind`.
    pub kind: String,
    /// `[case] title`.
    pub title: String,
    /// `[scan] path`.
    pub scan: String,
    /// `[segmentation] seeds`.
    pub seeds: Vec<Seed>,
    /// `[plan] resect`.
    pub resect: Vec<String>,
    /// `[plan] tumour`.
    pub tumour: Option<String>,
    /// Choices that differ from their defaults, by `section.key`.
    pub chosen: Vec<(String, Value)>,
}

/// How load cases of one's own are written.
const OWN_CASES: &str = "\
    # Load cases of one's own, with loads = \"own\": forces in N and moments in N mm along the\n\
    # implant's axes (x left, y back, z head) on upper_section, cranial_face or implant.\n\
    #cases = [{ name = \"lifting\", force_n = [0, -80, -700], moment_nmm = [6000, 0, 0] }]\n";

/// How load cases of one's own are written for a jaw.
const JAW_LOADS: &str = "\
    # Clenches of one's own, beside the built-in cases: the teeth that hold (canine_right,\n\
    # premolar_right, molar_right, the same on the left, incisors) and each muscle's activation\n\
    # from 0 to 1; one without does not pull.\n\
    #clenches = [{ name = \"right_molar_clench\", teeth = [\"molar_right\"], \
    activation_right = { superficial_masseter = 1.0, deep_masseter = 1.0 }, \
    activation_left = { superficial_masseter = 0.5 } }]\n\
    # Or forces in N and moments in N mm on regions, along the jaw's axes (x left, y back,\n\
    # z head).\n\
    #cases = [{ name = \"premolar_bite\", actions = [{ region = \"premolar_left\", \
    force_n = [0, 0, -200] }], holds = [\"condyle_right\", \"condyle_left\", \"angle_right\", \
    \"angle_left\"] }]\n";

/// How a hole is planned.
const HOLE: &str = "\
    # Bone to be taken out: a point on the skull and a diameter; none: the largest hole is found.\n\
    #hole = { point = [0.0, 0.0, 0.0], diameter_mm = 60.0 }\n\
    # Or a label map of it: all that is not 0.\n\
    #defect = \"defect.nii.gz\"\n";

/// How the labels of a jaw are named.
const JAW_LABELS: &str = "\
    # Which label is what: mandible, and where the map has them lower_teeth, mandibular_canal.\n\
    #table = { 2 = \"mandible\", 4 = \"lower_teeth\", 5 = \"mandibular_canal\" }\n";

/// How the labels of both jaws and their teeth are named.
const TEETH_LABELS: &str = "\
    # Which label is what: mandible and lower_teeth, or maxilla and upper_teeth, or all; and\n\
    # mandibular_canal where the map has it.\n\
    #table = { 1 = \"maxilla\", 2 = \"mandible\", 3 = \"upper_teeth\", 4 = \"lower_teeth\", 5 = \"mandibular_canal\" }\n";

/// How a tooth is named.
const TOOTH: &str = "\
    # A point in the tooth that is replaced.\n\
    #tooth_mm = [0.0, 0.0, 0.0]\n";

/// How implants are planned.
const IMPLANTS: &str = "\
    # Implants: the middle of the neck, and the middle of the end or an axis into the bone; or a\n\
    # tooth that is replaced, whose axis is taken where none is named. diameter_mm, length_mm and\n\
    # drill_mm where they differ from the choices.\n\
    #implants = [{ id = \"46\", entry_mm = [0.0, 0.0, 0.0], apex_mm = [0.0, 0.0, -10.0] }]\n\
    # Points in other teeth that are taken out before.\n\
    #extracted_mm = [[0.0, 0.0, 0.0]]\n\
    # From where the guide is put on: a direction off the teeth; none: the mean of their axes.\n\
    #put_on_from = [0.0, 0.0, 1.0]\n";

/// How a resection of a jaw is planned.
const RESECTION: &str = "\
    # Bone to be taken out, mm along the jaw from the chin, positive to the patient's left.\n\
    #resection = { from_mm = 20.0, to_mm = 50.0 }\n\
    # Or a plane for each cut: a point on the jaw and the plane's normal.\n\
    #planes = [{ point = [0.0, 0.0, 0.0], normal = [1.0, 0.0, 0.0] }]\n\
    # A model of lower jaws (`ossein shape-model build`), for what has no mirror image: the chin.\n\
    #shape_model = \"jaws.npz\"\n";

/// How the face of an onlay is planned.
const ONLAY: &str = "\
    # The face, one way of three. Heights above the bone at handles, points on the bone:\n\
    #handles = [{ at_mm = [0.0, 0.0, 0.0], height_mm = 4.0, reach_mm = 18.0 }]\n\
    # Or as on the other side: the mirror image around a point on the bone.\n\
    #target = \"mirror\"\n#centre_mm = [0.0, 0.0, 0.0]\n\
    # Or after a closed surface that was drawn elsewhere (STL, PLY, OBJ), around that point.\n\
    #target = \"face.stl\"\n\
    # Places where nerves leave the bone.\n#foramina_mm = [[0.0, 0.0, 0.0]]\n\
    # From where the onlay is put on: a direction out of the bone; none: the bone's own.\n\
    #way_on = [0.0, -1.0, 0.0]\n";

/// How the floor of an orbit is planned.
const ORBIT: &str = "\
    # Points on the bone of the broken orbit: the middle of its lower rim, of its upper rim, the\n\
    # lateral rim half way up, and where the optic canal opens into it.\n\
    #orbit = { rim = [0.0, 0.0, 0.0], upper_rim = [0.0, 0.0, 0.0], \
    lateral_rim = [0.0, 0.0, 0.0], canal = [0.0, 0.0, 0.0] }\n\
    # The surgeon's outline of the defect, points along its edge in their order; none: found\n\
    # where the floor lies beneath the other orbit's mirror image.\n\
    #outline_mm = [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]\n";

/// How the labels of a face are named, where there are any.
const FACE_LABELS: &str = "\
    # For a label map: mandible for chin and angle, skull for the rest; where the map has them\n\
    # lower_teeth, upper_teeth, mandibular_canal. Without a table the scan is a CT.\n\
    #table = { 1 = \"skull\", 2 = \"mandible\", 5 = \"mandibular_canal\" }\n";

/// How the labels of a model are named and coloured.
const MODEL_LABELS: &str = "\
    # Which labels are modelled, and what they are.\n\
    #table = { 1 = \"skull\", 2 = \"mandible\" }\n\
    # Their colours; none: by their names.\n\
    #colors = { mandible = \"#e8dbc1\" }\n";

/// How a model is parted.
const CUTS: &str = "\
    # Planes that part it: a point and the plane's normal for each, 4 at most.\n\
    #cuts = [{ point = [0.0, 0.0, 0.0], normal = [0.0, 0.0, 1.0] }]\n";

/// Whether a kind starts from a label map.
fn starts_from_labels(kind: &str) -> bool {
    let own = ROADS.iter().find(|road| road.kind.id == kind);
    own.is_some_and(|road| matches!(road.start, Start::Labels(_)))
}

/// A commented `case.toml`.
pub fn template(filled: &Filled) -> String {
    let list = all_choices(&filled.kind);
    let asks = |key: &str| kinds::kind(&filled.kind).is_some_and(|kind| kind.asks.contains(&key));
    let mut out = String::from(
        "# What was chosen for this case. A line that starts with `#` is left to its default.\n\
         # Points are patient coordinates in mm, LPS: x to the left, y to the back, z to the \
         head.\n",
    );
    let used = |section: &str| {
        list.iter().any(|choice| choice.section == section)
            || ["case", "scan", "segmentation", "plan"].contains(&section)
    };
    for section in SECTIONS.iter().filter(|section| used(section)) {
        let _ = write!(out, "\n[{section}]\n");
        match *section {
            "case" => case(filled, &mut out),
            "scan" => scan(filled, starts_from_labels(&filled.kind), &mut out),
            "segmentation" if asks("segmentation.seeds") => segmentation(filled, &mut out),
            "segmentation" if asks("plan.resection") => out.push_str(JAW_LABELS),
            "segmentation" if asks("plan.handles") => {
                out.push_str(FACE_LABELS);
                threshold(&mut out);
            }
            "segmentation" if asks("plan.tooth_mm") => out.push_str(TEETH_LABELS),
            "segmentation" if asks("plan.implants") => out.push_str(TEETH_LABELS),
            "segmentation" if asks("segmentation.colors") => out.push_str(MODEL_LABELS),
            "segmentation" => threshold(&mut out),
            "plan" if asks("plan.hole") => out.push_str(HOLE),
            "plan" if asks("plan.resection") => out.push_str(RESECTION),
            "plan" if asks("plan.handles") => out.push_str(ONLAY),
            "plan" if asks("plan.orbit") => out.push_str(ORBIT),
            "plan" if asks("plan.tooth_mm") => out.push_str(TOOTH),
            "plan" if asks("plan.implants") => out.push_str(IMPLANTS),
            "plan" if asks("plan.cuts") => out.push_str(CUTS),
            "plan" => plan(filled, &mut out),
            "mechanics" if asks("mechanics.clenches") => out.push_str(JAW_LOADS),
            "mechanics" if asks("mechanics.cases") => out.push_str(OWN_CASES),
            "dossier" => out.push_str(
                "# Date on the dossier, YYYY-MM-DD; none: undated.\n#date = \"\"\n\
                 # Who made it.\n#author = \"\"\n",
            ),
            _ => {}
        }
        for choice in list.iter().filter(|choice| choice.section == *section) {
            line(choice, filled, &mut out);
        }
    }
    out
}

fn case(filled: &Filled, out: &mut String) {
    let _ = writeln!(
        out,
        "# Names files and reports: letters, digits, `-`, `_`, `.`; never the patient's name.\n\
         id = {}\nkind = {}\n# One line for people.\ntitle = {}",
        json!(filled.id),
        json!(filled.kind),
        json!(filled.title)
    );
}

fn scan(filled: &Filled, is_map: bool, out: &mut String) {
    let path = json!(filled.scan);
    let _ = if is_map {
        writeln!(out, "# The label map: one NIfTI, NRRD or MetaImage file.\npath = {path}")
    } else {
        writeln!(
            out,
            "# Folder as it came from the scanner, or one NIfTI, NRRD or MetaImage file.\n\
             path = {path}\n# Series by UID, number or description; none: the best fit.\n\
             #series = \"\""
        )
    };
}

fn segmentation(filled: &Filled, out: &mut String) {
    out.push_str(
        "# Either one point in the middle of each vertebral body: the levels to take out and one\n\
         # neighbour above and below at the least.\n",
    );
    if filled.seeds.is_empty() {
        out.push_str("#seeds = { T6 = [0.0, 0.0, 0.0], T7 = [0.0, 0.0, 0.0] }\n");
    } else {
        let seed = |s: &Seed| {
            let [x, y, z] = s.point.array();
            format!("{} = [{x:?}, {y:?}, {z:?}]", s.level)
        };
        let seeds: Vec<String> = filled.seeds.iter().map(seed).collect();
        let _ = writeln!(out, "seeds = {{ {} }}", seeds.join(", "));
    }
    let (low, high) = THRESHOLD_HU;
    let _ = write!(
        out,
        "# Frame of the points: lps, ras.\n#frame = \"lps\"\n\
         # Or a label map made elsewhere, and its numbering: totalsegmentator, verse, or a table\n\
         # of names such as {{ 7 = \"T7\" }}.\n#labels = \"labels.nii.gz\"\n\
         #table = \"totalsegmentator\"\n\
         # Bone begins here, HU, {low} to {high}; none: found from the scan, place by place.\n\
         #threshold_hu = 180\n"
    );
}

fn threshold(out: &mut String) {
    let (low, high) = THRESHOLD_HU;
    let _ = write!(out, "# Bone begins here, HU, {low} to {high}.\n#threshold_hu = 250\n");
}

fn plan(filled: &Filled, out: &mut String) {
    let levels = json!(filled.resect);
    let _ = writeln!(out, "# Vertebrae to take out: [\"T7\"].\nresect = {levels}");
    out.push_str("# Label map of the tumour.\n");
    match &filled.tumour {
        Some(path) => {
            let _ = writeln!(out, "tumour = {}", json!(path));
        }
        None => out.push_str("#tumour = \"tumour.nii.gz\"\n"),
    }
}

fn line(choice: &Choice, filled: &Filled, out: &mut String) {
    let name = choice.name();
    let chosen = filled.chosen.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
    let value = chosen.cloned().unwrap_or_else(|| choice.default());
    let value = match value {
        Value::Number(v) => format!("{v:?}"),
        Value::Whole(v) => v.to_string(),
        Value::Flag(v) => v.to_string(),
        Value::Word(v) => json!(v).to_string(),
    };
    let unit = if choice.unit.is_empty() { String::new() } else { format!(" {}", choice.unit) };
    let mark = if chosen.is_some() { "" } else { "#" };
    let Choice { key, help, .. } = choice;
    let _ = writeln!(out, "# {help} Allowed: {}{unit}.\n{mark}{key} = {value}", choice.range());
}
