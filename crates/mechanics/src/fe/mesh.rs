//! A grid of the hierarchy: its nodes, plane after plane, and its elements in runs along x.
//!
//! Only nodes with material have a number. Numbers ascend with `k`, then `j`, then `i`, so the
//! nodes around a run of elements lie in four stretches of consecutive numbers, and a block of
//! elements moves through vector registers.

use super::element::{COEFFICIENT_COUNT, Coefficients, coefficients, eigenvalue_bound};
use super::lanes::LANES;

/// Spare numbers behind each component of a vector: blocks of eight read past the end.
pub(crate) const PAD: usize = 2 * LANES;

/// Template of runs whose elements differ in more than a factor.
pub(crate) const MIXED: u32 = u32::MAX;

/// A moving part of the mesh costs this much more where its elements have templates of their own.
const MIXED_RUN_LENGTH_MAX: usize = 4;

/// Consecutive elements along x.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// First nodes of the four rows of nodes: low and high y on low z, then on high z.
    pub rows: [u32; 4],
    /// First element.
    pub element: u32,
    /// Number of elements.
    pub length: u32,
    /// Template of all elements, or [`MIXED`].
    pub template: u32,
}

/// An element whose nodes have no consecutive numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loose {
    /// Nodes; bits 0, 1, 2 of their place say whether they are high along x, y, z.
    pub nodes: [u32; 8],
    /// Element.
    pub element: u32,
    /// Template.
    pub template: u32,
}

/// An element: the factor of its template, the template, its eight nodes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    /// Place in the grid of elements.
    pub at: [u16; 3],
    /// Nodes; bits 0, 1, 2 of their place say whether they are high along x, y, z.
    pub nodes: [u32; 8],
    /// Factor of the template.
    pub scale: f32,
    /// Template.
    pub template: u32,
}

/// Materials up to a factor: C11 is 1 in each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Templates {
    /// C11, C22, C33, C12, C13, C23, C44, C55, C66.
    pub moduli: Vec<[f64; 9]>,
    /// For the operator in single precision.
    pub single: Vec<Coefficients<f32>>,
    /// For the operator in double precision.
    pub double: Vec<Coefficients<f64>>,
}

impl Templates {
    /// Adds a template and gives its number.
    pub fn add(&mut self, moduli: [f64; 9]) -> u32 {
        let double = coefficients(moduli);
        let mut single = [0.0; COEFFICIENT_COUNT];
        (0..COEFFICIENT_COUNT).for_each(|n| single[n] = double[n] as f32);
        self.moduli.push(moduli);
        self.single.push(single);
        self.double.push(double);
        (self.moduli.len() - 1) as u32
    }

    /// Bound of the spectrum of any assembly of these.
    pub fn eigenvalue_bound(&self) -> f32 {
        self.moduli.iter().map(eigenvalue_bound).fold(0.0, f64::max) as f32
    }
}

/// Nodes and elements of a grid.
#[derive(Clone, Debug)]
pub(crate) struct Mesh {
    /// Element counts of the grid.
    pub size: [usize; 3],
    /// First node of each plane of nodes, and the node count. As many planes as layers of elements
    /// where the last layer ends on the first plane.
    pub planes: Vec<u32>,
    /// First run of each layer of elements, and the run count.
    pub layers: Vec<u32>,
    /// Runs, ordered by layer and row.
    pub runs: Vec<Run>,
    /// First loose element of each layer of elements, and their count.
    pub loose_layers: Vec<u32>,
    /// Loose elements, ordered by layer.
    pub loose: Vec<Loose>,
    /// Factor of each element's template, and some spare zeros.
    pub scale: Vec<f32>,
    /// Template of each element where runs are mixed, and some spare zeros.
    pub template_of: Vec<u32>,
    /// Templates.
    pub templates: Templates,
}

impl Mesh {
    /// A mesh of cells that are ordered by `k`, `j`, `i`.
    pub fn new(size: [usize; 3], planes: Vec<u32>, templates: Templates, cells: &[Cell]) -> Self {
        let mut parts = Parts::collect(size[2], false, cells);
        let run_count = parts.runs.len() + parts.loose.len();
        let mixed = templates.moduli.len() > 1 && parts.count < MIXED_RUN_LENGTH_MAX * run_count;
        if mixed {
            parts = Parts::collect(size[2], true, cells);
        }
        let Parts { runs, layers, loose, loose_layers, count } = parts;
        let mut scale = Vec::with_capacity(count + PAD);
        scale.extend(cells.iter().map(|cell| cell.scale));
        scale.resize(count + PAD, 0.0);
        let mut template_of = Vec::new();
        if mixed {
            template_of.extend(cells.iter().map(|cell| cell.template));
            template_of.resize(count + PAD, 0);
        }
        Self { size, planes, layers, runs, loose_layers, loose, scale, template_of, templates }
    }

    /// Number of nodes.
    pub fn node_count(&self) -> usize {
        self.planes[self.planes.len() - 1] as usize
    }

    /// Distance between the components of a vector.
    pub fn stride(&self) -> usize {
        self.node_count() + PAD
    }

    /// Numbers in a vector: all x, then all y, then all z.
    pub fn len(&self) -> usize {
        3 * self.stride()
    }

    /// Whether the last layer of elements ends on the first plane of nodes.
    pub fn closes(&self) -> bool {
        self.planes.len() == self.size[2] + 1
    }

    /// Nodes of some planes.
    pub fn nodes_of(&self, planes: [usize; 2]) -> [usize; 2] {
        planes.map(|k| self.planes[k] as usize)
    }

    /// Planes of nodes that each task takes: a function of the mesh alone.
    pub fn tasks(&self) -> Vec<[usize; 2]> {
        let plane_count = self.planes.len() - 1;
        let small = self.node_count() < 4096;
        let step = if small { plane_count } else { plane_count.div_ceil(16).clamp(4, 32) };
        let start = (0..plane_count).step_by(step);
        start.map(|first| [first, (first + step).min(plane_count)]).collect()
    }

    /// Nodes in the largest plane.
    pub fn plane_max(&self) -> usize {
        self.planes.windows(2).map(|p| (p[1] - p[0]) as usize).max().unwrap_or(0)
    }

    /// Calls `f` with each element's number, nodes, factor and template.
    pub fn for_each_element(&self, mut f: impl FnMut(usize, [u32; 8], f32, u32)) {
        for run in &self.runs {
            for n in 0..run.length {
                let element = (run.element + n) as usize;
                let mixed = run.template == MIXED;
                let template = if mixed { self.template_of[element] } else { run.template };
                f(element, run.nodes(n), self.scale[element], template);
            }
        }
        for cell in &self.loose {
            let element = cell.element as usize;
            f(element, cell.nodes, self.scale[element], cell.template);
        }
    }
}

impl Run {
    /// Nodes of an element of the run.
    pub fn nodes(&self, n: u32) -> [u32; 8] {
        std::array::from_fn(|bits| self.rows[bits >> 1] + n + (bits & 1) as u32)
    }

    /// Whether a cell of the same row continues the run.
    fn takes(&self, cell: &Cell, mixed: bool) -> bool {
        let template = mixed || cell.template == self.template;
        template && cell.nodes == self.nodes(self.length)
    }
}

/// Cells sorted into runs and loose ones.
struct Parts {
    runs: Vec<Run>,
    layers: Vec<u32>,
    loose: Vec<Loose>,
    loose_layers: Vec<u32>,
    count: usize,
}

impl Parts {
    fn collect(layer_count: usize, mixed: bool, cells: &[Cell]) -> Self {
        let mut parts = Self {
            runs: Vec::new(),
            layers: vec![0; layer_count + 1],
            loose: Vec::new(),
            loose_layers: vec![0; layer_count + 1],
            count: 0,
        };
        let mut row = [u16::MAX; 2];
        for cell in cells {
            parts.add(cell, mixed, &mut row);
            parts.count += 1;
        }
        for k in 0..layer_count {
            parts.layers[k + 1] = parts.layers[k + 1].max(parts.layers[k]);
            parts.loose_layers[k + 1] = parts.loose_layers[k + 1].max(parts.loose_layers[k]);
        }
        parts
    }

    /// Adds a cell; `row` is that of the last run, while it is open.
    fn add(&mut self, cell: &Cell, mixed: bool, row: &mut [u16; 2]) {
        let here = [cell.at[1], cell.at[2]];
        if let Some(run) = self.runs.last_mut()
            && here == *row
            && run.takes(cell, mixed)
        {
            run.length += 1;
            return;
        }
        let element = self.count as u32;
        let rows = [0, 2, 4, 6].map(|n| cell.nodes[n]);
        let template = if mixed { MIXED } else { cell.template };
        let run = Run { rows, element, length: 0, template };
        let layer = usize::from(cell.at[2]) + 1;
        if run.takes(cell, mixed) {
            *row = here;
            self.runs.push(Run { length: 1, ..run });
            self.layers[layer] = self.runs.len() as u32;
        } else {
            *row = [u16::MAX; 2];
            self.loose.push(Loose { nodes: cell.nodes, element, template: cell.template });
            self.loose_layers[layer] = self.loose.len() as u32;
        }
    }
}
